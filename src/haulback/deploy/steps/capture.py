"""Prepares to keep what the rehearsal showed to be destroyed or changed, while users go on writing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from haulback.capture import attic
from haulback.capture.changes import arming, net
from haulback.capture.changes.arming import CannotNote
from haulback.capture.changes.planning import with_rows
from haulback.capture.copying import CopyAhead, abandon
from haulback.capture.planning import plan_captures
from haulback.deploy import moves
from haulback.deploy.context import Context
from haulback.deploy.copies import STEP, noted, rest, signature
from haulback.model.capture import CapturePlan, Keeps, PlannedCopy
from haulback.model.deployment import Event


def capture_plan(context: Context) -> CapturePlan:
    """What is copied, from the schemas around the rehearsal; nothing where nothing was rehearsed."""
    if context.before is None or context.expected is None:
        return CapturePlan()
    found = plan_captures(context.before, context.expected, context.plan.migrations)
    return with_rows(found, context.before, context.expected, context.changes, context.emptied)


class Capture:
    """Begins every copy, which the migration finishes in its own transaction; watches tables whose rows change."""

    id = STEP
    title = "keep what is destroyed or changed"

    def plan(self, context: Context) -> str:
        found = capture_plan(context)
        return ", ".join(dict.fromkeys((*(one.identity for one in found.copies), *found.moves, *found.changes)))

    def run(self, context: Context) -> Mapping[str, Any]:
        found = capture_plan(context)
        for key, reason in found.impossible:
            context.progress.note(f"{key} cannot be captured: {reason}")
        # What is there now is what a deployment can lose; what it makes itself moves to the attic as it is.
        existing = list(net.tables(context.work.keeper))
        wanted = arming.with_followers(context.work.keeper, found.changes)
        # What moves must not carry our triggers; where its rows change after all, it is copied and watched.
        watched = [one for one in wanted if one not in found.moves and self._may_watch(context, one)]
        return {
            "existing": existing,
            "changes": watched,
            **self.begin(context, found.copies),
            **self._moving(context, found.moves),
        }

    def _moving(self, context: Context, tables: Sequence[str]) -> Mapping[str, Any]:
        """Notes what the tables are that shall move, and makes the place for them."""
        if not tables:
            return {}
        context.work.transaction("make the attic", attic.install)
        found = (moves.noted(context.work.keeper, one) for one in tables)
        return {"moves": [one for one in found if one]}

    def _may_watch(self, context: Context, identity: str) -> bool:
        try:
            return self.watch(context, identity)
        except CannotNote as failure:
            versions = {migration.version for migration in context.plan.migrations}
            if context.target.policy.loss_blocks and not versions <= context.accept_loss:
                raise
            context.progress.note(failure.message)
            return False

    def watch(self, context: Context, identity: str) -> bool:
        """Notes what the migrations change in the rows of a table; whether there is such a table.

        Raises:
            CannotNote: the role may not.
        """
        found = context.work.transaction(
            f"watch {identity}", lambda connection: arming.arm(connection, context.deployment, identity)
        )
        return found is not None

    def begin(self, context: Context, wanted: Sequence[PlannedCopy]) -> Mapping[str, Any]:
        """Copies these from the start, whatever was copied of them before; finished ones are not touched."""
        context.work.transaction("clear old copies", lambda connection: abandon(connection, context.deployment))
        return {"copies": [self._copy(context, planned) for planned in wanted]} if wanted else {}

    def go_on(self, context: Context) -> None:
        """Copies once more what an earlier transaction left alone of what was copied with what it took away."""
        if wanted := rest(context):
            begun = [self._copy(context, planned) for planned in wanted]
            detail = context.journal.again(context.deployment).detail(STEP)
            more = {**detail, "copies": [*detail["copies"], *begun]}
            context.journal.write(context.deployment.id, STEP, Event.DONE, detail=more)

    def undo(self, context: Context) -> Mapping[str, Any]:
        context.work.transaction("clear copies", lambda connection: abandon(connection, context.deployment))
        context.work.transaction("stop noting", lambda connection: arming.disarm(connection, context.deployment))
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
            share=context.settings.copy_share,
            progress=lambda done: context.progress.part(
                self.id, f"{done.rows:,} rows of {planned.identity}, {done}", done.rows, max(done.total, done.rows)
            ),
        )
        return noted(planned, seen)
