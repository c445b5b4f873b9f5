"""A row in the target that is written again and again: its age in a recovered server is what a loss would have cost."""

from __future__ import annotations

from datetime import datetime

import psycopg

from haulback.pg.queries import queries, script

_PACKAGE = "haulback.journal"
_SQL = queries(_PACKAGE, "sql/heartbeat.sql")


def beat(connection: psycopg.Connection, by: str) -> datetime:
    """Writes it now, by the server's clock; the table is made where it is not there yet.

    Args:
        connection: in autocommit, of the deploying role.
        by: who writes it.

    Raises:
        psycopg.errors.InsufficientPrivilege: the role may not.
    """
    if not _present(connection):
        connection.execute(script(_PACKAGE, "sql/upgrades/4_heartbeat.sql"))
    row = connection.execute(_SQL["beat"], {"by": by}).fetchone()
    assert row is not None  # noqa: S101 - a row is inserted or updated
    at: datetime = row[0]
    return at


def read(connection: psycopg.Connection) -> datetime | None:
    """When it was written last; None where nobody ever did."""
    row = connection.execute(_SQL["read"]).fetchone() if _present(connection) else None
    return row[0] if row else None


def _present(connection: psycopg.Connection) -> bool:
    row = connection.execute(_SQL["present"]).fetchone()
    return bool(row and row[0])
