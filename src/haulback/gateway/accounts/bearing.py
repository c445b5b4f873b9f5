"""Whom the token of a request stands for: a user with a session, or an administrator."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from haulback.gateway.accounts import sessions, users
from haulback.gateway.accounts.database import Connection
from haulback.gateway.accounts.model import User
from haulback.gateway.accounts.refused import Refused
from haulback.gateway.accounts.sessions import Session
from haulback.gateway.answer import Refusal
from haulback.gateway.auth.tokens import Tokens
from haulback.gateway.http.request import Request

# Those of Supabase Auth. Only who holds the secret, or one of these, can have a token for one made.
_ADMINISTRATORS = frozenset({"service_role", "supabase_admin"})


@dataclass(frozen=True)
class Bearer:
    """A user who asks.

    Attributes:
        session: None where the token belongs to none, as those of `haulback token` do.
        audience: of the token.
    """

    user: User
    session: Session | None
    audience: str | None

    @property
    def has_second_factor(self) -> bool:
        """Whether a second factor was shown in this session."""
        return self.session is not None and self.session.level == sessions.DOUBLE


class Bearing:
    """Reads the tokens of requests.

    Args:
        tokens: that verify them, as the REST API's do.
        clock: seconds since 1970.
    """

    def __init__(self, tokens: Tokens, clock: Callable[[], float]) -> None:
        self._tokens = tokens
        self._clock = clock

    async def bearer(self, connection: Connection, request: Request) -> Bearer:
        """The user who asks.

        Raises:
            Refused: there is none, or not any more.
        """
        claims = self._claims(request)
        subject = claims.get("sub")
        if not subject:
            raise _bad("invalid claim: missing sub claim")
        user_id = _uuid(subject)
        if user_id is None:
            raise Refused(400, "bad_jwt", "invalid claim: sub claim must be a UUID")
        user = await users.of_id(connection, user_id)
        if user is None:
            raise Refused(403, "user_not_found", "User from sub claim in JWT does not exist")
        session = await self._session(connection, claims.get("session_id"), user)
        if user.is_banned(datetime.fromtimestamp(self._clock(), UTC)):
            raise Refused(403, "user_banned", "User is banned")
        return Bearer(user, session, _audience(claims))

    def administrator(self, request: Request) -> None:
        """Nothing, where the token is an administrator's.

        Raises:
            Refused: it is not.
        """
        if self._claims(request).get("role") not in _ADMINISTRATORS:
            raise Refused(403, "not_admin", "User not allowed")

    def _claims(self, request: Request) -> Mapping[str, Any]:
        kind, _, token = request.headers.get("authorization").partition(" ")
        if kind.lower() != "bearer" or not token.strip():
            raise Refused(401, "no_authorization", "This endpoint requires a valid Bearer token")
        try:
            return self._tokens.verified(token.strip()).claims
        except Refusal as refusal:
            raise _bad(f"invalid JWT: unable to parse or verify signature, {refusal.message}") from refusal

    @staticmethod
    async def _session(connection: Connection, claimed: object, user: User) -> Session | None:
        if not claimed:
            return None
        session = _uuid(claimed)
        if session is None:
            raise _bad("invalid claim: session_id claim must be a UUID")
        found = await sessions.of_id(connection, session)
        if found is None or found.user != user.id:
            raise Refused(403, "session_not_found", "Session from session_id claim in JWT does not exist")
        return found


def _bad(message: str) -> Refused:
    return Refused(403, "bad_jwt", message)


def _uuid(value: object) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _audience(claims: Mapping[str, Any]) -> str | None:
    named = claims.get("aud")
    first = named[0] if isinstance(named, list) and named else named
    return first if isinstance(first, str) else None
