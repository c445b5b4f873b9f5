"""What signatures are verified with: a secret, a JSON Web Key, or a set of them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import jwt

from haulback.errors import UsageError

# By type of key, so that a token cannot choose how its signature is read: a public key is never taken for a secret.
_ALGORITHMS = {
    "oct": ("HS256", "HS384", "HS512"),
    "RSA": ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    "EC": ("ES256", "ES384", "ES512"),
    "OKP": ("EdDSA",),
}
# A curve goes with one algorithm, whether the key names it or not.
_OF_CURVES = {"P-256": "ES256", "P-384": "ES384", "P-521": "ES512"}
_SHORTEST = 32  # bytes of a secret, RFC 7518, 3.2


class TokenKeyUnusable(UsageError):
    template = "the key that tokens are verified with cannot be used: {why}"
    hint_template = "Give a secret of 32 bytes or more, a JSON Web Key, or a set of them, by HAULBACK_JWT_SECRET_FILE."


@dataclass(frozen=True, slots=True)
class Key:
    """One key and the algorithms that it may be used with.

    Attributes:
        key: a secret, or the public half of a pair.
        private: the other half, where it is known.
        uses: what it says that it is for, as a JWK's `key_ops`; nothing where it is for everything.
    """

    key: Any = field(repr=False)
    algorithms: tuple[str, ...]
    id: str | None = None
    private: Any = field(default=None, repr=False)
    uses: tuple[str, ...] = ()

    @property
    def signer(self) -> Any:
        """What signs: the secret, or the private half; None where only the public one is known."""
        return self.key if self.algorithms[0].startswith("HS") else self.private


@dataclass(frozen=True, slots=True)
class Keys:
    """All keys, in order.

    Attributes:
        signing: the first secret, which our own tokens are signed with; None where there is none.
        issuing: what the tokens of users are signed with: the key that says so of itself, else the first secret, else
            the first pair; None where there are only public keys.
    """

    keys: tuple[Key, ...]
    signing: Key | None = None
    issuing: Key | None = None

    def candidates(self, key_id: str | None, algorithm: str) -> list[Key]:
        """Keys that may have made a signature: the one of that id where there is one, else all that could have."""
        able = [key for key in self.keys if algorithm in key.algorithms]
        named = [key for key in able if key_id is not None and key.id == key_id]
        return named or [key for key in able if key.id is None or key_id is None]


def parsed(text: str) -> Keys:
    """Reads a secret, a JWK or a JWKS.

    Raises:
        TokenKeyUnusable: it is none of them, or too short.
    """
    stripped = text.strip()
    if not stripped.startswith("{"):
        return _of_secret(stripped)
    try:
        document = json.loads(stripped)
    except ValueError as wrong:
        raise TokenKeyUnusable(why="it begins as JSON and is none") from wrong
    found = tuple(_key(entry) for entry in document.get("keys", [document]))
    if not found:
        raise TokenKeyUnusable(why="the set of keys is empty")
    signing = next((key for key in found if key.algorithms[0] == "HS256"), None)
    able = [key for key in found if key.signer is not None]
    issuing = next((key for key in able if "sign" in key.uses), None) or signing or next(iter(able), None)
    return Keys(found, signing, issuing)


def _of_secret(secret: str) -> Keys:
    if len(secret.encode()) < _SHORTEST:
        raise TokenKeyUnusable(why=f"a secret has at least {_SHORTEST} bytes")
    key = Key(secret.encode(), _ALGORITHMS["oct"])
    return Keys((key,), key, key)


def _key(entry: Any) -> Key:
    kind = entry.get("kty") if isinstance(entry, dict) else None
    if kind not in _ALGORITHMS:
        raise TokenKeyUnusable(why="it is no JSON Web Key of type oct, RSA, EC or OKP")
    algorithms = _ALGORITHMS[kind]
    named = entry.get("alg") or (_OF_CURVES.get(str(entry.get("crv"))) if kind == "EC" else None)
    if named is not None and named not in algorithms:
        raise TokenKeyUnusable(why=f"{named} is no algorithm of keys of type {kind}")
    try:
        key = jwt.PyJWK(entry, algorithm=named or algorithms[0]).key
    except (jwt.PyJWTError, ValueError, KeyError, TypeError) as wrong:
        raise TokenKeyUnusable(why=str(wrong) or type(wrong).__name__) from wrong
    public = key.public_key() if hasattr(key, "public_key") else key
    uses = entry.get("key_ops")
    return Key(
        public,
        (named,) if named else algorithms,
        entry.get("kid"),
        private=None if public is key else key,
        uses=tuple(str(use) for use in uses) if isinstance(uses, list) else (),
    )
