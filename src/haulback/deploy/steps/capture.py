"""Copies ahead what the rehearsal showed to be destroyed, while users go on writing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from haulback.capture.copying import CopyAhead, abandon
from haulback.capture.planning import plan_captures
from haulback.deploy.context import Context
from haulback.deploy.copies import STEP, signature
from haulback.model.capture import CapturePlan, Keeps, PlannedCopy


def capture_plan(context: Context) -> CapturePlan:
    """What is copied, from the schemas around the rehearsal; nothing where nothing was rehearsed."""
    if context.before is None or context.expected is None:
        return CapturePlan()
    return plan_captures(context.before, context.expected)


class Capture:
    """Begins every copy; the migration that destroys the original finishes it in its own transaction."""

    id = STEP
    title = "copy ahead what is destroyed"

    def plan(self, context: Context) -> str:
        return ", ".join(one.identity for one in capture_plan(context).copies)

    def run(self, context: Context) -> Mapping[str, Any]:
        found = capture_plan(context)
        for key, reason in found.impossible:
            context.progress.note(f"{key} cannot be captured: {reason}")
        return self.begin(context, found.copies)

    def begin(self, context: Context, wanted: Sequence[PlannedCopy]) -> Mapping[str, Any]:
        """Copies these from the start, whatever was copied of them before; finished ones are not touched."""
        context.work.transaction("clear old copies", lambda connection: abandon(connection, context.deployment))
        return {"copies": [self._copy(context, planned) for planned in wanted]} if wanted else {}

    def undo(self, context: Context) -> Mapping[str, Any]:
        context.work.transaction("clear copies", lambda connection: abandon(connection, context.deployment))
        return {}

    def _copy(self, context: Context, planned: PlannedCopy) -> dict[str, Any]:
        ahead = CopyAhead(context.deployment, planned, Keeps.BEFORE)

        def arm(connection: psycopg.Connection) -> str:
            ahead.arm(connection)
            return signature(connection, planned)

        seen = context.work.transaction(f"watch {planned.identity}", arm)
        ahead.copy(
            context.work.connection,
            clock=context.clock,
            progress=lambda done: context.progress.part(
                self.id, f"{done.rows:,} rows of {planned.identity}, {done}", done.rows, max(done.total, done.rows)
            ),
        )
        return {"identity": planned.identity, "columns": list(planned.columns), "signature": seen}
