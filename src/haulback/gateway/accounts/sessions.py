"""Begins, prolongs and ends sessions, each function on a connection in a transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any
from uuid import UUID, uuid4

from haulback.gateway.accounts import issuing
from haulback.gateway.accounts.database import Connection
from haulback.pg.queries import queries

_SQL = queries("haulback.gateway.accounts", "sessions.sql")


class Presented(Enum):
    """What a refresh token turned out to be."""

    GOOD = auto()
    UNKNOWN = auto()
    USED = auto()


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
    session, token = uuid4(), issuing.refresh_token()
    row = {"session": session, "user": user, "agent": agent or None, "address": address, "method": method}
    await connection.execute(_SQL["begin"], row)
    await connection.execute(_SQL["remember_method"], row)
    await _grant(connection, session, user, token, None)
    return session, token


async def prolong(connection: Connection, token: str, *, grace: float, agent: str, address: str | None) -> Prolonged:
    """Takes a refresh token for the next one.

    One that has been used before ends its session, whoever presents it: either they or the one before are a thief.
    For a moment it may be used again, because tabs of a browser refresh at the same time, and answers get lost.

    Args:
        connection: in a transaction, which is to commit whatever comes of it.
        token: as the client has it.
        grace: seconds of that moment.
        agent: of the client.
        address: of the client.
    """
    kept = issuing.kept(token)
    found = await (await connection.execute(_SQL["presented"], {"token": kept})).fetchone()
    if found is None:
        return Prolonged(Presented.UNKNOWN)
    session, user = found["session"], found["user"]
    state = await (await connection.execute(_SQL["state"], {"token": kept, "grace": grace})).fetchone()
    if state is None:
        return Prolonged(Presented.UNKNOWN)
    if state["revoked"] and not state["just_now"]:
        await end(connection, session)
        return Prolonged(Presented.USED)
    await connection.execute(_SQL["spend"], {"token": kept})
    following = issuing.refresh_token()
    await _grant(connection, session, user, following, kept)
    await connection.execute(_SQL["prolong"], {"session": session, "agent": agent or None, "address": address})
    return Prolonged(Presented.GOOD, user, session, following)


async def methods(connection: Connection, session: UUID) -> Sequence[Mapping[str, Any]]:
    """What the session was begun with, for the claim `amr`."""
    return await (await connection.execute(_SQL["methods"], {"session": session})).fetchall()


async def exists(connection: Connection, session: UUID, user: UUID) -> bool:
    found = await connection.execute(_SQL["exists"], {"session": session, "user": user})
    return await found.fetchone() is not None


async def end(connection: Connection, session: UUID) -> None:
    await connection.execute(_SQL["end"], {"session": session})


async def end_all(connection: Connection, user: UUID) -> None:
    await connection.execute(_SQL["end_all"], {"user": user})


async def end_others(connection: Connection, session: UUID, user: UUID) -> None:
    await connection.execute(_SQL["end_others"], {"session": session, "user": user})


async def _grant(connection: Connection, session: UUID, user: UUID, token: str, parent: str | None) -> None:
    row = {"token": issuing.kept(token), "user": user, "parent": parent, "session": session}
    await connection.execute(_SQL["grant"], row)
