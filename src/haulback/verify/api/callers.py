"""Who asks the API: anon, two users, service_role, and two whose tokens nobody may accept."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from haulback.verify._stage import ANONYMOUS, SERVICE, SIGNED_IN
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
        if self.token is None:
            return None
        import jwt  # noqa: PLC0415 - start-up: every deployment reads this file, few ask an API

        try:
            found: Mapping[str, Any] = jwt.decode(self.token, options={"verify_signature": False})
        except jwt.PyJWTError:
            return None
        return found


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
    present = [NOBODY]
    absent = []
    if user := _user_of(access, first):
        present.append(Caller("a", "user A", SIGNED_IN, user, _user_token(access, user)))
    else:
        absent.append("user A has no token (set USER_JWT)")
    if access.sign:
        present.append(Caller("b", "user B", SIGNED_IN, second, access.sign(_claims(SIGNED_IN, second))))
    else:
        absent.append("user B has no token (set HAULBACK_JWT_SECRET_FILE)")
    if token := access.service_token or (access.sign and access.sign(_claims(SERVICE))):
        present.append(Caller("service", "service_role", SERVICE, None, token))
    else:
        absent.append("service_role has no token (set SERVICE_ROLE_KEY)")
    if access.sign:
        past = int(time.time()) - _SINCE
        expired = access.sign({**_claims(SERVICE), "iat": past - _LIFETIME, "exp": past})
        present.append(Caller("expired", "an expired token", token=expired))
    else:
        absent.append("an expired token cannot be made (set HAULBACK_JWT_SECRET_FILE)")
    import jwt  # noqa: PLC0415 - start-up: every deployment reads this file, few ask an API

    forged = jwt.encode(_claims(SERVICE), secrets.token_hex(32), algorithm="HS256")
    present.append(Caller("forged", "a forged token", token=forged))
    return Callers(tuple(present), tuple(absent))


def known(client: Client, access: Access, first: UUID, second: UUID, schema: str) -> Callers:
    """The callers whom the API knows: by tokens that we sign, or by those given, where it does not take ours.

    Raises:
        NoAnswer: the API does not answer.
    """
    found = accepted(client, made(access, first, second), schema)
    if access.sign is None or found.named("a"):
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


def service_claims() -> dict[str, object]:
    """Those of a token of service_role that is good for some minutes."""
    return _claims(SERVICE)


def key(access: Access, caller: Caller) -> str | None:
    """What a caller is let in with where everybody needs a key, as at Realtime; None where there is none for it."""
    if access.api_key or caller.token:
        return access.api_key or caller.token
    return access.sign(_claims(ANONYMOUS)) if access.sign else None


def _claims(role: str, user: UUID | None = None) -> dict[str, object]:
    now = int(time.time())
    who = {"sub": str(user), "aud": SIGNED_IN} if user else {}
    return {"iss": "haulback", "role": role, "iat": now, "exp": now + _LIFETIME, **who}


def _user_of(access: Access, made_up: UUID) -> UUID | None:
    """The user whom USER_JWT names; the one made up where the secret is known."""
    if access.sign:
        return made_up
    if not access.user_token:
        return None
    import jwt  # noqa: PLC0415 - as above

    try:
        claims = jwt.decode(access.user_token, options={"verify_signature": False})
        is_signed_in = claims.get("role", SIGNED_IN) == SIGNED_IN
        return UUID(str(claims.get("sub"))) if is_signed_in else None
    except (jwt.PyJWTError, ValueError, AttributeError):
        return None


def _user_token(access: Access, user: UUID) -> str | None:
    return access.sign(_claims(SIGNED_IN, user)) if access.sign else access.user_token
