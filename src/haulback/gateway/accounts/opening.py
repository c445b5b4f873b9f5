"""Sessions as clients get them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from haulback.gateway.accounts import sessions, users
from haulback.gateway.accounts.asked import Asked
from haulback.gateway.accounts.database import Connection
from haulback.gateway.accounts.issuing import Issuer
from haulback.gateway.accounts.refused import Refused

Document = dict[str, object]


@dataclass(frozen=True)
class Opening:
    """Begins sessions and tells of them.

    Attributes:
        clock: seconds since 1970.
    """

    issuer: Issuer
    clock: Callable[[], float]

    async def begun(self, connection: Connection, user: UUID, method: str, asked: Asked) -> Document:
        """A new session, for somebody who has shown that this is who they are."""
        session, token = await sessions.begin(connection, user, method, agent=asked.agent, address=asked.address)
        await users.signed_in(connection, user)
        return await self.told(connection, user, session, token)

    async def told(self, connection: Connection, user: UUID, session: UUID, refresh_token: str) -> Document:
        """A session with its tokens."""
        member = await users.member(connection, user)
        if member.user.is_banned(self.now()):
            raise Refused(400, "user_banned", "Invalid Refresh Token: User Banned")
        found = await sessions.of_id(connection, session)
        if found is None:
            raise Refused(403, "session_not_found", "Session from session_id claim in JWT does not exist")
        return self.issuer.session(member, found, refresh_token)

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), UTC)
