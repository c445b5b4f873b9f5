"""Passwords: what is one, how it is kept, and whether one is right.

Argon2id as Supabase Auth reads it, so that a row made here signs in there; bcrypt is read too, because that is what
`crypt(…, gen_salt('bf'))` of a seed file writes.
"""

from __future__ import annotations

import asyncio
import re
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache

import bcrypt
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from haulback.gateway.accounts.refused import Refused, invalid

# OWASP's second choice: 19 MiB, twice over.
_MEMORY, _PASSES, _LANES = 19 * 1024, 2, 1
_LENGTH = 32
_SALT = 16
_ARGON2 = re.compile(r"\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$[^$]+\$[^$]+")
_MOST_MEMORY = 256 * 1024  # KiB that a hash in a row may ask for
_BCRYPT = re.compile(r"\$2[aby]\$(0[4-9]|1[0-5])\$[./A-Za-z0-9]{53}")
_LONGEST = 72  # bytes; what bcrypt reads
_SHORTEST = 6

_AT_ONCE = 2  # hashes that one worker computes at a time, for their memory
_WAITING = 64  # and those that may wait for it


def checked(password: str) -> bytes:
    """A new password as bytes.

    Raises:
        Refused: it is too long or too short.
    """
    secret = password.encode()
    if len(secret) > _LONGEST:
        raise invalid(f"Password cannot be longer than {_LONGEST} characters")
    if len(secret) < _SHORTEST:
        message = f"Password should be at least {_SHORTEST} characters."
        raise Refused(422, "weak_password", message, reasons=("length",))
    return secret


def hashed(secret: bytes) -> str:
    """The password as it is kept."""
    return _kept(secrets.token_bytes(_SALT)).derive_phc_encoded(secret)


def readable(kept: str) -> bool:
    """Whether a hash is one that a password can be held against."""
    found = _ARGON2.fullmatch(kept)
    return int(found[1]) <= _MOST_MEMORY if found else _BCRYPT.fullmatch(kept) is not None


def matches(secret: bytes, kept: str | None) -> bool:
    """Whether a password is the one that was kept; takes as long where there is none, or one that cannot be read."""
    good = len(secret) <= _LONGEST
    secret = secret[:_LONGEST]
    if kept and readable(kept):
        if _ARGON2.fullmatch(kept):
            return _argon2(secret, kept) and good
        found = bcrypt.checkpw(secret, kept.encode())
        _argon2(secret, _dummy())
        return found and good
    _argon2(secret, _dummy())
    return False


def _argon2(secret: bytes, kept: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(secret, kept)
    except (InvalidKey, ValueError):
        return False
    return True


def _kept(salt: bytes) -> Argon2id:
    return Argon2id(salt=salt, length=_LENGTH, iterations=_PASSES, lanes=_LANES, memory_cost=_MEMORY)


@cache
def _dummy() -> str:
    """A hash of nothing that anybody knows."""
    return hashed(secrets.token_bytes(_LENGTH))


class Hashing:
    """Does it on threads, a few at a time: a hash takes tens of milliseconds, in which the loop serves others."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._waiting = 0

    async def hashed(self, secret: bytes) -> str:
        async with self._a_turn():
            return await asyncio.to_thread(hashed, secret)

    async def matches(self, secret: bytes, kept: str | None) -> bool:
        async with self._a_turn():
            return await asyncio.to_thread(matches, secret, kept)

    @asynccontextmanager
    async def _a_turn(self) -> AsyncIterator[None]:
        if self._waiting >= _WAITING:
            raise Refused(429, "over_request_rate_limit", "Request rate limit reached", retry_after=1)
        self._waiting += 1
        try:
            async with self._turn:
                yield
        finally:
            self._waiting -= 1
