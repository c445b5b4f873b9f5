"""The moment before the migration, as something a recovery can aim at: restore point, LSN and time."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from typing import Any

import psycopg

from haulback.deploy.context import Context
from haulback.deploy.steps.step import Nothing
from haulback.pg.queries import queries

_SQL = queries("haulback.deploy", "sql/snapshot.sql")
_PATIENCE = 5.0  # seconds for the archiver to hand over one segment


class Snapshot(Nothing):
    """Names the moment, and proves that the WAL up to it is in the archive.

    Where the role may not set a restore point or nothing archives, what is left is LSN and time, and the proof
    reads `unknown`: the moment is known, but nobody has shown that it can be reached.
    """

    id = "snapshot"
    title = "restore point"

    def plan(self, _context: Context) -> str:
        return "restore point, LSN and time"

    def run(self, context: Context) -> Mapping[str, Any]:
        row = context.work.keeper.execute(_SQL["moment"]).fetchone()
        assert row is not None  # noqa: S101 - a select without from has one row
        lsn, at, archiving = row
        moment = {"lsn": lsn, "time": at.isoformat(), "proof": "unknown"}
        name = f"haulback_{context.deployment.number}"
        try:
            point, segment = self._restore_point(context, name)
        except psycopg.errors.InsufficientPrivilege:
            return moment | {"reason": "this role may not set a restore point"}
        moment |= {"restore_point": name, "lsn": point, "segment": segment}
        if not archiving:
            return moment | {"reason": "nothing archives the WAL"}
        archived = self._archived(context, segment)
        return moment | ({"proof": "archived"} if archived else {"reason": f"{segment} was not archived in time"})

    def _restore_point(self, context: Context, name: str) -> tuple[str, str]:
        """As the deploying role, or as the operator of a server that is ours."""
        try:
            row = context.work.keeper.execute(_SQL["restore_point"], {"name": name}).fetchone()
        except psycopg.errors.InsufficientPrivilege:
            if context.operator is None:
                raise
            with closing(context.operator()) as session:
                row = session.execute(_SQL["restore_point"], {"name": name}).fetchone()
        assert row is not None  # noqa: S101 - a select without from has one row
        return str(row[0]), str(row[1])

    def _archived(self, context: Context, segment: str) -> bool:
        deadline = context.clock.monotonic() + _PATIENCE
        while True:
            row = context.work.keeper.execute(_SQL["archived"], {"segment": segment}).fetchone()
            if row and row[0]:
                return True
            if context.clock.monotonic() >= deadline:
                return False
            context.clock.sleep(0.05)
