"""Sees to it that what was committed until now is in the archive, and believes the archive alone."""

from __future__ import annotations

from pathlib import Path

import psycopg

from haulback.backups import wal
from haulback.clock import Clock
from haulback.pg.queries import queries

_SQL = queries("haulback.backups", "sql/shipping.sql")
_POLL_SECONDS = 0.05


def ship(connection: psycopg.Connection, archive: Path, clock: Clock, seconds: float, *, received: bool = False) -> str:
    """Ends the segment that is being written and waits until the archive holds it, whole.

    Args:
        connection: in autocommit, of a role that may switch segments.
        archive: the folder.
        clock: to wait with.
        seconds: how long.
        received: whether it counts too where it came by a stream, not by the archive command.

    Returns:
        The name of the segment; empty where it did not come in time.

    Raises:
        psycopg.errors.InsufficientPrivilege: the role may not.
        ArchiveUnreachable: the archive cannot be read.
    """
    system, _timeline = identity(connection)
    connection.execute(_SQL["commit"])
    row = connection.execute(_SQL["switch"]).fetchone()
    name = str(row[0]) if row else ""
    deadline = clock.monotonic() + seconds
    while not _is_in(archive, name, system, received=received):
        if clock.monotonic() > deadline:
            return ""
        clock.sleep(_POLL_SECONDS)
    return name


def identity(connection: psycopg.Connection) -> tuple[str, int]:
    """The identifier of the cluster, and the timeline that it writes."""
    row = connection.execute(_SQL["identity"]).fetchone()
    assert row is not None  # noqa: S101 - a function without rows it is not
    return str(row[0]), int(row[1])


def next_transaction(connection: psycopg.Connection) -> int:
    """The number that the next writing transaction gets, without its epoch."""
    row = connection.execute(_SQL["next_transaction"]).fetchone()
    assert row is not None  # noqa: S101 - a select without from has one row
    return int(row[0])


def _is_in(archive: Path, name: str, system: str, *, received: bool) -> bool:
    places = [name, *(f"{one.name}/{name}" for one in wal.received(archive))] if received else [name]
    found = [wal.look_at(archive, one) for one in places]
    return any(one is not None and not one.problem and one.system == system for one in found)
