"""No vacuum runs on a large table of the plan: it gives way only after deadlock_timeout, longer than one try waits."""

from __future__ import annotations

from haulback.checks._check import Check, Finding, held, listed, unknown
from haulback.checks._context import CheckContext
from haulback.pg.queries import script

_HINT = "Wait for the vacuum to end; the owner of a table may not cancel an autovacuum worker."


def _measure(context: CheckContext) -> Finding:
    limit = context.thresholds.large_table
    running = context.connection.execute(
        script("haulback.checks", "vacuum.sql"), {"tables": list(context.relations)}
    ).fetchall()
    large = [f"{table} (pid {pid}, {size >> 20} MiB)" for table, pid, size in running if size and size >= limit]
    unmeasured = [f"{table} (pid {pid})" for table, pid, size in running if size is None]
    threshold = f"none on a table of {limit >> 20} MiB or more"
    if unmeasured and not large:
        return unknown(f"vacuum runs on {listed(unmeasured)}, whose size is not known yet", threshold, _HINT)
    figure = f"vacuum runs on {listed(large)}" if large else f"none on the {len(context.relations)} tables of the plan"
    return held(within=not large, figure=figure, threshold=threshold, hint=_HINT)


CHECK = Check("vacuum", "No large table is being vacuumed", _measure)
