"""Takes first what an earlier try could not get: the order of locks that others keep is learned from failing.

Whoever locks two tables in the other order than we do stands between us and the second one while we stand between
him and the first. With many of them at work every try ends so. A transaction that takes the second table before all
else waits for them holding nothing, and meets none of them on the way to the first.
"""

from __future__ import annotations

import re

import psycopg
from psycopg import sql

from haulback.pg.lock_watch import SQL, Watch

# A table that is gone by now, or one that we may only use.
_PASSED_OVER = (psycopg.errors.UndefinedTable, psycopg.errors.WrongObjectType, psycopg.errors.InsufficientPrivilege)


class LockOrder:
    """Tables that tries of one transaction could not get, the last one first."""

    def __init__(self) -> None:
        self._wanted: dict[int, str] = {}
        self._watch: Watch | None = None

    def watched(self, watch: Watch) -> Watch:
        """Learns from the watch of the try before, and remembers the one of this try."""
        found = self._watch.wanted_table if self._watch else None
        if found:
            oid, mode = found
            self._wanted.pop(oid, None)
            self._wanted = {oid: mode, **self._wanted}
        self._watch = watch
        return watch

    def take(self, connection: psycopg.Connection) -> None:
        """Locks them, at the begin of the transaction of this try.

        Raises:
            psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected: try again.
        """
        for oid, mode in self._wanted.items():
            row = connection.execute(SQL["table"], {"oid": oid}).fetchone()
            if row is not None:
                _lock(connection, sql.Identifier(*row), mode)


def _lock(connection: psycopg.Connection, table: sql.Identifier, mode: str) -> None:
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", mode.removesuffix("Lock"))  # AccessExclusiveLock, as pg_locks has it
    try:
        with connection.transaction():
            connection.execute(sql.SQL("lock table only {} in {} mode").format(table, sql.SQL(words)))
    except _PASSED_OVER:
        return
