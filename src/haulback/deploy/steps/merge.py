"""Brings back the rows that an earlier rollback kept, where the deployment asks for it; else says they are there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from haulback.capture import merging
from haulback.deploy.context import Context
from haulback.deploy.steps.step import Nothing
from haulback.model.capture import Capture, Merged


class Merge(Nothing):
    """Merges batch by batch; a rerun goes on at the mark that each batch leaves in the registry.

    Nothing to undo: going back moves the tables to the attic with all that was merged into them.
    """

    id = "merge"
    title = "bring rows back from the attic"

    def plan(self, context: Context) -> str:
        return "merge what the attic keeps" if context.with_attic else ""

    def run(self, context: Context) -> Mapping[str, Any]:
        waiting = tuple(one for one in merging.mergeable(context.work.keeper) if not _is_over(one))
        if not waiting:
            return {}
        if not context.with_attic:
            rows = sum(one.rows or 0 for one in waiting)
            context.progress.note(
                f"the attic keeps {rows} rows of {len(waiting)} tables from before; `haulback deploy --with-attic` or "
                "`haulback attic restore` brings them back"
            )
            return {"left_in_attic": rows}
        merged = [self._one(context, one) for one in waiting]
        left = {reason: sum(one.left.get(reason, 0) for one in merged) for one in merged for reason in one.left}
        for reason, rows in left.items():
            context.progress.note(f"{rows} rows stay in the attic: {reason}")
        return {"merged": sum(one.merged for one in merged), "tables": len(merged), "left": left}

    def _one(self, context: Context, capture: Capture) -> Merged:
        total = capture.rows or 0
        return merging.merge(
            context.work.keeper,
            capture,
            lock_timeout_ms=context.work.budget.lock_timeout_ms,
            clock=context.clock,
            progress=lambda one, rows: context.progress.part(self.id, one.identity, rows, max(rows, total)),
        )


def _is_over(capture: Capture) -> bool:
    return bool(capture.progress.get("merge", {}).get("over"))
