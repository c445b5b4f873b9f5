"""No replication slot lags so far that the WAL it holds back fills the disk."""

from __future__ import annotations

from haulback.checks._check import Check, Finding, held, listed
from haulback.checks._context import CheckContext
from haulback.pg.queries import script


def _measure(context: CheckContext) -> Finding:
    slots = context.connection.execute(script("haulback.checks", "replication.sql")).fetchall()
    limit = context.thresholds.retained_wal
    lagging = [f"{name} ({size >> 20} MiB)" for name, size in slots if size > limit]
    most = max((size for _, size in slots), default=0)
    return held(
        within=not lagging,
        figure=f"held back too much: {listed(lagging)}" if lagging else f"{len(slots)} slots, {most >> 20} MiB at most",
        threshold=f"at most {limit >> 20} MiB a slot",
        hint="Start the slot's reader, or drop the slot if nobody reads it.",
    )


CHECK = Check("replication", "Replication keeps up", _measure, informational=True)
