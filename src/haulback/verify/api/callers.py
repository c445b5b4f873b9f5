"""Who asks the API: anon, two users, service_role, and two whose tokens nobody may accept."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from haulback.verify._stage import ANONYMOUS, SERVICE, SIGNED_IN, NoAnswer
from haulback.verify.api.access import Access
from haulback.verify.api.client import Client, Request

_LIFETIME = 900  # seconds; longer than any verification takes
_SINCE = 3600  # seconds that the expired token is over: more than clocks may differ by
_UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class Caller:
    """One who asks.

    Attributes:
        id: short, for keys; `name` is for a person.
        role, user: that the API must act as; empty where it must refuse.
        token: None for anon, who has none.
    """

    id: str
    name: str
    role: str = ""
    user: UUID | None = None
    token: str | None = field(default=None, repr=False)

    @property
    def welcome(self) -> bool:
        return bool(self.role)

    @property
    def claims(self) -> Mapping[str, Any] | None:
        """Those of the token, which policies may ask for more than the user of; None where there are none."""
        return _read(self.token)


NOBODY = Caller("anon", "anon", ANONYMOUS)


@dataclass(frozen=True, slots=True)
class Callers:
    """Those that could be had, and why the others could not."""

    present: tuple[Caller, ...]
    absent: tuple[str, ...] = ()

    def named(self, id_: str) -> Caller | None:
        return next((one for one in self.present if one.id == id_), None)

    @property
    def welcome(self) -> tuple[Caller, ...]:
        return tuple(one for one in self.present if one.welcome)


def made(access: Access, first: UUID, second: UUID) -> Callers:
    """The callers for two users; where the secret is not known, with the tokens that the target was given."""
    present, absent = [NOBODY], []
    for make in (_user_a, _user_b, _service, _expired, _forged):
        try:
            present.append(make(access, first, second))
        except NoAnswer as reason:
            absent.append(str(reason))
    return Callers(tuple(present), tuple(dict.fromkeys(absent)))


def _user_a(access: Access, first: UUID, _second: UUID) -> Caller:
    try:
        return Caller("a", "user A", SIGNED_IN, first, access.signed(_claims(SIGNED_IN, first)))
    except NoAnswer:
        if user := _user_of(access):
            return Caller("a", "user A", SIGNED_IN, user, access.user_token)
        if access.sign is not None:
            raise
    raise NoAnswer("user A has no token (set USER_JWT)")


def _user_b(access: Access, _first: UUID, second: UUID) -> Caller:
    if access.sign:
        return Caller("b", "user B", SIGNED_IN, second, access.signed(_claims(SIGNED_IN, second)))
    raise NoAnswer("user B has no token (set HAULBACK_JWT_SECRET_FILE)")


def _service(access: Access, _first: UUID, _second: UUID) -> Caller:
    if access.service_token and _is_of(access, access.service_token, SERVICE):
        return Caller("service", "service_role", SERVICE, None, access.service_token)
    if access.sign:
        return Caller("service", "service_role", SERVICE, None, access.signed(_claims(SERVICE)))
    if access.service_token:
        raise NoAnswer("SERVICE_ROLE_KEY does not say service_role where the API looks for the role")
    raise NoAnswer("service_role has no token (set SERVICE_ROLE_KEY)")


def _expired(access: Access, _first: UUID, _second: UUID) -> Caller:
    if access.sign is None:
        raise NoAnswer("an expired token cannot be made (set HAULBACK_JWT_SECRET_FILE)")
    past = int(time.time()) - _SINCE
    expired = access.signed({**_claims(SERVICE), "iat": past - _LIFETIME, "exp": past})
    return Caller("expired", "an expired token", token=expired)


def _forged(access: Access, _first: UUID, _second: UUID) -> Caller:
    import jwt  # noqa: PLC0415 - start-up: every deployment reads this file, few ask an API

    def forge(claims: Mapping[str, object]) -> str:
        return jwt.encode(dict(claims), secrets.token_hex(32), algorithm="HS256")

    return Caller("forged", "a forged token", token=access.signed(_claims(SERVICE), forge))


def known(client: Client, access: Access, first: UUID, second: UUID, schema: str) -> Callers:
    """The callers whom the API knows: by tokens that we sign, or by those given, where it does not take ours.

    Raises:
        NoAnswer: the API does not answer.
    """
    mine = made(access, first, second)
    found = accepted(client, mine, schema)
    if access.sign is None or mine.named("a") is None or found.named("a"):
        return found
    # The secret that we have is another's: that of a development target of ours, say, whose API is not.
    return accepted(client, made(replace(access, sign=None), first, second), schema)


def accepted(client: Client, callers: Callers, schema: str) -> Callers:
    """Leaves out those whose tokens the API does not take although it should: nothing can be told with them.

    Raises:
        NoAnswer: the API does not answer.
    """
    refused = {}
    for one in callers.welcome:
        reply = client.send(Request("HEAD", "", schema=schema), one.token)
        if reply.status == _UNAUTHORIZED:
            refused[one.id] = f"the API does not take the token of {one.name}" if one.token else "the API wants a key"
    present = tuple(one for one in callers.present if one.id not in refused and not _moot(one, refused))
    return Callers(present, (*callers.absent, *refused.values()))


def _moot(one: Caller, refused: Iterable[str]) -> bool:
    """An expired token proves nothing where a good one of the same secret is refused as well."""
    return one.id == "expired" and "service" in refused


def signed_service(access: Access) -> str | None:
    """A token of service_role that is good for some minutes; None where none can be made."""
    try:
        return access.signed(_claims(SERVICE))
    except NoAnswer:
        return None


def key(access: Access, caller: Caller) -> str | None:
    """What a caller is let in with where everybody needs a key, as at Realtime; None where there is none for it."""
    if access.api_key or caller.token:
        return access.api_key or caller.token
    try:
        return access.signed(_claims(ANONYMOUS))
    except NoAnswer:
        return None


def _claims(role: str, user: UUID | None = None) -> dict[str, object]:
    now = int(time.time())
    who = {"sub": str(user), "aud": SIGNED_IN} if user else {}
    return {"iss": "haulback", "role": role, "iat": now, "exp": now + _LIFETIME, **who}


def _user_of(access: Access) -> UUID | None:
    """The user whom USER_JWT names."""
    claims = _read(access.user_token)
    if claims is None or not access.names(claims, SIGNED_IN):
        return None
    try:
        return UUID(str(claims.get("sub")))
    except ValueError:
        return None


def _is_of(access: Access, token: str, role: str) -> bool:
    """Whether the API takes a token for the role, as far as it can be read: keys of the new kind cannot."""
    claims = _read(token)
    return claims is None or access.names(claims, role)


def _read(token: str | None) -> Mapping[str, Any] | None:
    """The claims of a token, unverified; None where it is none."""
    if not token:
        return None
    import jwt  # noqa: PLC0415 - as above

    try:
        found: Mapping[str, Any] = jwt.decode(token, options={"verify_signature": False})
    except (jwt.PyJWTError, ValueError, RecursionError):
        return None
    return found
