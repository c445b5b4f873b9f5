"""Begins, prolongs and ends sessions, each function on a connection in a transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any
from uuid import UUID, uuid4

from haulback.gateway.accounts import refresh
from haulback.gateway.accounts.database import Connection
from haulback.gateway.accounts.refused import Refused
from haulback.pg.queries import queries

_SQL = queries("haulback.gateway.accounts", "sessions.sql")

SINGLE, DOUBLE = "aal1", "aal2"


class Presented(Enum):
    """What a refresh token turned out to be."""

    GOOD = auto()
    UNKNOWN = auto()
    USED = auto()
    OVER = auto()
    IDLE = auto()


@dataclass(frozen=True)
class Limits:
    """How long what is good.

    Attributes:
        grace: seconds that a refresh token may be used again.
        timebox: seconds that a session may last; 0 for any.
        inactivity: seconds that it may go without being prolonged; 0 for any.
    """

    grace: float
    timebox: float = 0.0
    inactivity: float = 0.0


@dataclass(frozen=True)
class Session:
    """One row of auth.sessions.

    Attributes:
        level: how sure it is who that is: `aal1`, or `aal2` with a second factor.
        methods: what it was begun with, for the claim `amr`.
    """

    id: UUID
    user: UUID
    level: str = SINGLE
    methods: Sequence[Mapping[str, Any]] = ()
    began: datetime | None = None


@dataclass(frozen=True)
class Prolonged:
    """Whose session a refresh token prolonged, and what comes after it."""

    outcome: Presented
    user: UUID | None = None
    session: UUID | None = None
    refresh_token: str = ""


async def begin(
    connection: Connection, user: UUID, method: str, *, agent: str, address: str | None
) -> tuple[UUID, str]:
    """A new session and its first refresh token."""
    session, token = uuid4(), refresh.new()
    row = {"session": session, "user": user, "agent": agent or None, "address": address, "method": method}
    await connection.execute(_SQL["begin"], row)
    await connection.execute(_SQL["remember_method"], row)
    await _grant(connection, session, user, token, None)
    return session, token


async def prolong(connection: Connection, token: str, limits: Limits, *, agent: str, address: str | None) -> Prolonged:
    """Takes a refresh token for the next one.

    One that has been used before ends its session, whoever presents it: either they or the one before are a thief.
    For a moment it may be used again, because tabs of a browser refresh at the same time, and answers get lost.

    Args:
        connection: in a transaction, which is to commit whatever comes of it.
        token: as the client has it.
        limits: of that moment, and of the session.
        agent: of the client.
        address: of the client.
    """
    kept = refresh.kept(token)
    found = await (await connection.execute(_SQL["presented"], {"token": kept})).fetchone()
    if found is None:
        return Prolonged(Presented.UNKNOWN)
    session, user = found["session"], found["user"]
    state = await (await connection.execute(_SQL["state"], {"token": kept, **vars(limits)})).fetchone()
    if state is None:
        return Prolonged(Presented.UNKNOWN)
    if state["revoked"] and not state["just_now"]:
        await end(connection, session)
        return Prolonged(Presented.USED)
    if state["over"] or state["idle"]:
        return Prolonged(Presented.OVER if state["over"] else Presented.IDLE)
    await connection.execute(_SQL["spend"], {"token": kept})
    following = refresh.new()
    await _grant(connection, session, user, following, kept)
    await connection.execute(_SQL["prolong"], {"session": session, "agent": agent or None, "address": address})
    return Prolonged(Presented.GOOD, user, session, following)


async def of_id(connection: Connection, session: UUID) -> Session | None:
    """The session of an id."""
    found = await (await connection.execute(_SQL["of_id"], {"session": session})).fetchone()
    if found is None:
        return None
    methods = await (await connection.execute(_SQL["methods"], {"session": session})).fetchall()
    return Session(session, found["user"], found["level"], methods, found["began"])


async def strengthen(connection: Connection, session: UUID, user: UUID, factor: UUID) -> str:
    """A session whose owner has shown a second factor as well: its next refresh token, all others being void.

    Sessions of the user without one end.

    Raises:
        Refused: the session has ended meanwhile.
    """
    row = {"session": session, "user": user, "factor": factor, "method": "totp"}
    raised = await connection.execute(_SQL["raise"], row)
    if not raised.rowcount:
        raise Refused(403, "session_not_found", "Session from session_id claim in JWT does not exist")
    await connection.execute(_SQL["remember_method"], row)
    await connection.execute(_SQL["forget_tokens"], row)
    await connection.execute(_SQL["end_lower"], row)
    token = refresh.new()
    await _grant(connection, session, user, token, None)
    return token


async def weaken(connection: Connection, factor: UUID) -> None:
    """Sessions with a factor that is no more count as those without."""
    await connection.execute(_SQL["lower_methods"], {"factor": factor})
    await connection.execute(_SQL["lower"], {"factor": factor})


async def end(connection: Connection, session: UUID) -> None:
    await connection.execute(_SQL["end"], {"session": session})


async def end_all(connection: Connection, user: UUID) -> None:
    await connection.execute(_SQL["end_all"], {"user": user})


async def end_others(connection: Connection, session: UUID, user: UUID) -> None:
    await connection.execute(_SQL["end_others"], {"session": session, "user": user})


async def _grant(connection: Connection, session: UUID, user: UUID, token: str, parent: str | None) -> None:
    row = {"token": refresh.kept(token), "user": user, "parent": parent, "session": session}
    await connection.execute(_SQL["grant"], row)
