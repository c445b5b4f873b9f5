"""Verifies JSON Web Tokens, and remembers those that were good until they expire."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping
from typing import Any

import jwt
import msgspec

from haulback.gateway.answer import Refusal
from haulback.gateway.auth.identity import Identity
from haulback.gateway.auth.keys import Keys
from haulback.model.role_path import ROLE, RolePath

_LEEWAY = 30  # seconds that clocks may differ by
_KEPT = 10_000
_LONGEST = 16 * 1024  # bytes of a token
_SELF = "none"  # what PostgreSQL takes for the login itself, which no token stands for
_PARTS = 3  # header, claims and signature

_encode = msgspec.json.Encoder().encode


class Tokens:
    """Turns a token into an Identity.

    Args:
        keys: that signatures are verified with; None where no token can be accepted.
        anonymous: role of a request without a token, or None where there must be one.
        audience: that a token may be for, where it names any; None for every one.
        role_path: where in its claims the role stands.
        clock: seconds since 1970.
    """

    def __init__(
        self,
        keys: Keys | None,
        anonymous: str | None = "anon",
        audience: str | None = None,
        role_path: RolePath = ROLE,
        *,
        clock: Callable[[], float],
    ) -> None:
        self._keys = keys
        self._clock = clock
        self._known: OrderedDict[str, Identity] = OrderedDict()
        self._told = (anonymous, audience, role_path)
        self._nobody = _anonymous(anonymous) if anonymous else None

    def use(self, anonymous: str | None, audience: str | None, role_path: RolePath) -> None:
        """Reads tokens otherwise from now on; what was known of them is forgotten where that changes anything."""
        told = (anonymous, audience, role_path)
        if told != self._told:
            self._told = told
            self._nobody = _anonymous(anonymous) if anonymous else None
            self._known.clear()

    def nobody(self) -> Identity:
        """The identity of a request without a token.

        Raises:
            Refusal: PGRST302.
        """
        if self._nobody is None:
            message = "Anonymous access is disabled"
            raise Refusal(401, "PGRST302", message, headers=(("WWW-Authenticate", "Bearer"),))
        return self._nobody

    @property
    def anonymous(self) -> str | None:
        """The role of a request without a token; None where there must be one."""
        return self._told[0]

    @property
    def role_path(self) -> RolePath:
        """Where in the claims of a token its role stands."""
        return self._told[2]

    def known(self, token: str) -> Identity | None:
        """The identity of a token that was verified before; None where it was not, or is not remembered."""
        return self._known.get(token)

    def verified(self, token: str) -> Identity:
        """The identity that a token stands for.

        Raises:
            Refusal: PGRST300 to 303.
        """
        known = self._known.get(token)
        now = self._clock()
        if known is not None:
            if known.begins <= now <= known.expires:
                return known
            del self._known[token]
        identity = self._identity(self._claims(token), now)
        self._known[token] = identity
        if len(self._known) > _KEPT:
            self._known.popitem(last=False)
        return identity

    def _claims(self, token: str) -> dict[str, Any]:
        if self._keys is None:
            raise Refusal(500, "PGRST300", "Server lacks JWT secret")
        if not token:
            raise _invalid("PGRST301", "Empty JWT is sent in Authorization header")
        parts = token.count(".") + 1
        if len(token) > _LONGEST:
            raise _invalid("PGRST301", "JWT cryptographic operation failed")
        if parts != _PARTS:
            raise _invalid("PGRST301", f"Expected 3 parts in JWT; got {parts}")
        header = _header(token)
        algorithm, key_id = str(header.get("alg")), header.get("kid")
        candidates = self._keys.candidates(key_id if isinstance(key_id, str) else None, algorithm)
        if not candidates:
            if algorithm.lower() == "none":
                detail = "JWT is unsecured but expected 'alg' was not 'none'"
                raise _invalid("PGRST301", "Wrong or unsupported encoding algorithm", detail)
            if any(algorithm in key.algorithms for key in self._keys.keys):
                raise _invalid(
                    "PGRST301", "No suitable key or wrong key type", "None of the keys was able to decode the JWT"
                )
            raise _invalid("PGRST301", "Wrong or unsupported encoding algorithm", f"JWT is signed with {algorithm}")
        for key in candidates:
            try:
                payload = jwt.api_jws.decode(token, key.key, algorithms=[algorithm])
            except (jwt.PyJWTError, ValueError, TypeError):
                continue
            return _object(payload)
        raise _invalid("PGRST301", "No suitable key or wrong key type", "None of the keys was able to decode the JWT")

    def _identity(self, claims: dict[str, Any], now: float) -> Identity:
        expires = _seconds(claims, "exp")
        begins = _seconds(claims, "nbf")
        issued = _seconds(claims, "iat")
        if expires is not None and now - _LEEWAY > expires:
            raise _invalid("PGRST303", "JWT expired")
        if begins is not None and now + _LEEWAY < begins:
            raise _invalid("PGRST303", "JWT not yet valid")
        if issued is not None and now + _LEEWAY < issued:
            raise _invalid("PGRST303", "JWT issued at future")
        self._check_audience(claims)
        anonymous, _, role_path = self._told
        named = role_path.found(claims)
        role = named if isinstance(named, str) else None if named is None else _encode(named).decode()
        if role is None:
            role = self.nobody().role
        if role == _SELF:
            raise Refusal(401, "22023", f'role "{role}" does not exist')
        document = {**claims, "role": role}
        return Identity(
            role,
            document,
            _encode(document),
            authenticated=role != anonymous,  # who came as anonymous may yet show who they are
            expires=float("inf") if expires is None else expires + _LEEWAY,
            begins=float("-inf") if begins is None else begins - _LEEWAY,
        )

    def _check_audience(self, claims: Mapping[str, Any]) -> None:
        named = claims.get("aud")
        if named is None:
            return
        audiences = [named] if isinstance(named, str) else named
        if not isinstance(audiences, list) or not all(isinstance(one, str) for one in audiences):
            raise _invalid("PGRST303", "The JWT 'aud' claim must be a string or an array of strings")
        _, wanted, _ = self._told
        if wanted is not None and audiences and wanted not in audiences:
            raise _invalid("PGRST303", "JWT not in audience")


def _anonymous(role: str) -> Identity:
    claims = {"role": role}
    return Identity(role, claims, _encode(claims), authenticated=False)


def _header(token: str) -> dict[str, Any]:
    try:
        return jwt.get_unverified_header(token)
    except (jwt.PyJWTError, ValueError, RecursionError) as wrong:
        raise _invalid("PGRST301", "JWT cryptographic operation failed") from wrong


def _object(payload: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(payload, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise _invalid("PGRST303", "Parsing claims failed") from wrong


def _seconds(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _invalid("PGRST303", f"The JWT '{name}' claim must be a number")
    try:
        return float(value)
    except OverflowError:  # a whole number may have any length
        return float("inf") if value > 0 else float("-inf")


def _invalid(code: str, message: str, details: str | None = None) -> Refusal:
    told = f'Bearer error="invalid_token", error_description="{message}"'
    return Refusal(401, code, message, details=details, headers=(("WWW-Authenticate", told),))
