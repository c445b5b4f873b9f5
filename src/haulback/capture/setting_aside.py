"""Puts tables into the attic in the place of the statement that drops them, in the migration's own transaction.

What follows in the file must find what the statement would have left. So the server first runs it, and says whether
it may and what else goes with it; then that is undone, the tables move, and whatever went with them and still stands
is dropped. Where the two do not come out the same, nothing of it counts.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from collections.abc import Set as AbstractSet

import psycopg
from psycopg import sql

from haulback.capture import attic
from haulback.capture.moving import hold, move_aside
from haulback.migrations.drops import TableName
from haulback.model.capture import Capture, Keeps
from haulback.model.deployment import Deployment
from haulback.pg.locks import RETRIED
from haulback.pg.queries import queries

_SQL = queries("haulback.capture", "sql/setting_aside.sql")

_Address = tuple[int, int, int]


class CannotMove(Exception):
    """The tables cannot move in the place of the statement: the transaction must roll back and copy them ahead."""


def named(connection: psycopg.Connection, names: Collection[TableName]) -> tuple[int, ...]:
    """The object ids of the tables that are meant by names in this session."""
    quoted = [
        (sql.Identifier(one.schema, one.name) if one.schema else sql.Identifier(one.name)).as_string(connection)
        for one in names
    ]
    return tuple(row[0] for row in connection.execute(_SQL["named"], {"names": quoted}).fetchall())


def set_aside(
    connection: psycopg.Connection, deployment: Deployment, tables: dict[int, str], drop: Callable[[], None]
) -> tuple[Capture, ...]:
    """Moves the tables to the attic, and drops what `drop` would have dropped besides.

    Args:
        connection: inside the transaction of a migration, with a lock_timeout.
        deployment: the one that runs.
        tables: what the statement drops: identities as they are now, by object id.
        drop: runs the statement itself.

    Raises:
        CannotMove: it cannot be done this way.
        StatementFailed: of `drop`, which the server refuses.
        psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected: try again.
    """
    for oid in tables:
        row = connection.execute(_SQL["unfit"], {"oid": oid}).fetchone()
        if row is None or row[0]:
            raise CannotMove(row[0] if row else "it is gone")
    # First of all, so that nothing comes to depend on the tables between the verdict and the move.
    hold(connection, list(tables))
    was = _objects(connection)
    with connection.transaction(force_rollback=True):
        drop()
        going = was - _objects(connection)
    try:
        captures = move_aside(connection, deployment, list(tables.values()), keeps=Keeps.BEFORE)
        for _, statement in _outside(connection, going):
            if statement is not None:
                connection.execute(statement.encode())
    except RETRIED:
        raise
    except psycopg.Error as error:
        if connection.closed:
            raise
        raise CannotMove(error.diag.message_primary or str(error)) from error
    _require_same(connection, deployment, was, going)
    return captures


def _require_same(
    connection: psycopg.Connection, deployment: Deployment, was: AbstractSet[_Address], going: AbstractSet[_Address]
) -> None:
    """Refuses a move that left something which the drop would have taken, or took something that it would have left."""
    left = [what for what, _ in _outside(connection, going)]
    reached = [what for name, what in attic.leaks(connection) if name.startswith(f"d{deployment.number}_")]
    if left or reached:
        raise CannotMove(f"{(left or reached)[0]} goes with it")
    if (was - _objects(connection)) - going:
        raise CannotMove("moving it takes more away than dropping it")


def _objects(connection: psycopg.Connection) -> set[_Address]:
    return set(connection.execute(_SQL["objects"]).fetchall())


def _outside(connection: psycopg.Connection, addresses: AbstractSet[_Address]) -> Sequence[tuple[str, str | None]]:
    classes, oids, subs = zip(*sorted(addresses), strict=True) if addresses else ((), (), ())
    found = {"classes": list(classes), "oids": list(oids), "subs": list(subs)}
    return connection.execute(_SQL["outside"], found).fetchall()
