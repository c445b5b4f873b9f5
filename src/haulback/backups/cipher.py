"""Encrypts frames with AES-256-GCM, each backup with a key of its own.

The key given is never used itself: a key for the backup is derived from it by HKDF-SHA256 with the backup's random
salt (RFC 5869). A frame's nonce is the number of its file and its own, so no nonce comes twice under one key, and a
frame that was moved, dropped or exchanged does not open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from haulback.backups.errors import BackupDamaged, KeyMissing, KeyUnusable, WrongKey
from haulback.model.backup import Backup

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_BYTES = 32


@dataclass(frozen=True, repr=False)
class Key:
    """The key that a person keeps."""

    secret: bytes

    @classmethod
    def parsed(cls, text: str) -> Key:
        """Of 64 letters of hex, or of base64.

        Raises:
            KeyUnusable: it is not 32 bytes.
        """
        for decode in (bytes.fromhex, lambda one: base64.b64decode(one, validate=True)):
            try:
                found = decode(text.strip())
            except (ValueError, binascii.Error):
                continue
            if len(found) == _BYTES:
                return cls(found)
        raise KeyUnusable

    @property
    def name(self) -> str:
        """Tells keys apart; says nothing of the key."""
        return hmac.new(self.secret, b"haulback key name", hashlib.sha256).hexdigest()[:16]


class Cipher:
    """Seals and opens the frames of one backup."""

    def __init__(self, key: Key, salt: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - start-up: 30 ms

        self.key, self.salt = key, salt
        self._frames: AESGCM = AESGCM(_derived(key.secret, salt, b"haulback frames"))
        self._manifest = _derived(key.secret, salt, b"haulback manifest")

    @classmethod
    def fresh(cls, key: Key) -> Cipher:
        return cls(key, secrets.token_bytes(_BYTES))

    def seal(self, frame: bytes, file: int, number: int) -> bytes:
        return self._frames.encrypt(_nonce(file, number), frame, None)

    def open(self, frame: bytes, file: int, number: int, *, id_: str) -> bytes:
        """The frame in the clear.

        Raises:
            BackupDamaged: it was changed since, or is another one.
        """
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - as above

        try:
            return self._frames.decrypt(_nonce(file, number), frame, None)
        except InvalidTag:
            raise BackupDamaged(id=id_, reason=f"frame {number} of file {file} was changed") from None

    def tag(self, manifest: bytes) -> str:
        """What proves that a manifest was written by somebody who has the key."""
        return hmac.new(self._manifest, manifest, hashlib.sha256).hexdigest()


def cipher_of(backup: Backup, key: Key | None) -> Cipher | None:
    """The cipher that opens a backup; None where it is not encrypted.

    Raises:
        KeyMissing, WrongKey: it cannot be opened with what is given.
    """
    if not backup.key:
        return None
    if key is None:
        raise KeyMissing(id=backup.id)
    if key.name != backup.key:
        raise WrongKey(id=backup.id, wanted=backup.key, given=key.name)
    return Cipher(key, bytes.fromhex(backup.salt))


def _derived(secret: bytes, salt: bytes, purpose: bytes) -> bytes:
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415 - as above
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF  # noqa: PLC0415 - as above

    return HKDF(algorithm=SHA256(), length=_BYTES, salt=salt, info=purpose).derive(secret)


def _nonce(file: int, number: int) -> bytes:
    return file.to_bytes(4, "big") + number.to_bytes(8, "big")
