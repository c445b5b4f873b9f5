"""Use case: what a plan keeps in the attic of its target, and what that would cost."""

from __future__ import annotations

import psycopg

from haulback.capture.changes.planning import with_rows
from haulback.capture.cost import estimate
from haulback.capture.planning import plan_captures
from haulback.model.capture import CapturePlan
from haulback.model.capture_cost import CaptureEstimate, sized
from haulback.model.migration import Plan
from haulback.model.rehearsal import Rehearsal
from haulback.model.settings import Settings
from haulback.pg.expected_changes import expected_changes
from haulback.pg.extents import extents


def capture_plan(plan: Plan, rehearsal: Rehearsal) -> CapturePlan:
    """What a deployment of the rehearsed plan keeps."""
    found = plan_captures(rehearsal.before, rehearsal.after, plan.migrations)
    return with_rows(found, rehearsal.before, rehearsal.after, rehearsal.changes, rehearsal.emptied)


def estimated(settings: Settings, connection: psycopg.Connection, plan: Plan, rehearsal: Rehearsal) -> CaptureEstimate:
    """What that costs on the target as it is now; reads a few pages of each table."""
    kept = capture_plan(plan, rehearsal)
    found = extents(connection, [*(one.identity for one in kept.copies), *kept.moves, *kept.changes])
    statements = [statement for one in plan.migrations for statement in one.script.statements]
    changed = expected_changes(connection, statements) if kept.changes else {}
    return estimate(kept, found, settings.copy_share, changed)


def told(found: CaptureEstimate) -> str:
    """One line for a person who deploys."""
    most = "at most " if found.bound else ""
    unmeasured = f", besides {', '.join(found.unmeasured)}, whose size is not known" if found.unmeasured else ""
    return (
        f"keeps {most}{found.rows:,} rows in the attic: {most}{sized(found.disk)} of disk, "
        f"about {found.seconds:,.0f} s{unmeasured}"
    )
