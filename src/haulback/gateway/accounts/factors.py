"""Reads and writes second factors, each function on a connection in a transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID, uuid4

from psycopg import errors

from haulback.gateway.accounts.database import Connection
from haulback.gateway.accounts.refused import Refused
from haulback.pg.queries import queries

_SQL = queries("haulback.gateway.accounts", "factors.sql")

LIFETIME = 300  # seconds of a challenge


@dataclass(frozen=True)
class Challenge:
    """What a password is held against.

    Attributes:
        open: whether it was never answered, and comes from the same address.
    """

    secret: str = field(repr=False)
    open: bool
    fresh: bool


async def lock(connection: Connection, user: UUID) -> None:
    """Makes others wait who change the factors of a user: two who do end each other's sessions, or count too few."""
    await connection.execute(_SQL["lock"], {"user": user})


async def begin(connection: Connection, user: UUID) -> None:
    """Makes the factors of a user ready to be counted."""
    await lock(connection, user)
    await connection.execute(_SQL["forget_unfinished"], {"user": user})


async def insert(connection: Connection, user: UUID, name: str, secret: str) -> UUID:
    """A new factor, which counts once a password has been right."""
    factor = uuid4()
    row = {"id": factor, "user": user, "name": name, "secret": secret}
    try:
        await connection.execute(_SQL["insert"], row)
    except errors.UniqueViolation as taken:
        raise conflict(name) from taken
    return factor


async def challenge(connection: Connection, factor: UUID, address: str | None) -> tuple[UUID, int]:
    """A new challenge, and when it expires, in seconds since 1970."""
    row = {"challenge": uuid4(), "factor": factor, "address": address}
    found = await (await connection.execute(_SQL["challenge"], row)).fetchone()
    await connection.execute(_SQL["challenged"], row)
    return row["challenge"], (found["began"] if found else 0) + LIFETIME  # type: ignore[return-value]


async def presented(connection: Connection, factor: UUID, of: UUID, address: str | None) -> Challenge | None:
    """A challenge of a factor, which nobody else answers until the transaction ends."""
    values = {"challenge": of, "factor": factor, "address": address, "lifetime": LIFETIME}
    found = await (await connection.execute(_SQL["presented"], values)).fetchone()
    return Challenge(found["secret"], found["open"], found["fresh"]) if found else None


async def answered(connection: Connection, user: UUID, factor: UUID, of: UUID) -> None:
    """Notes that a challenge was met. Factors of the user that were never finished go."""
    row = {"user": user, "factor": factor, "challenge": of}
    for name in ("answered", "verified", "forget_others"):
        await connection.execute(_SQL[name], row)


async def delete(connection: Connection, factor: UUID) -> None:
    await connection.execute(_SQL["delete"], {"factor": factor})


def conflict(name: str) -> Refused:
    """A user has a factor of that name."""
    shown = name.replace('"', '\\"')
    message = f'A factor with the friendly name "{shown}" for this user already exists'
    return Refused(422, "mfa_factor_name_conflict", message)
