"""Nobody keeps a transaction open for long: what it locked, and what vacuum may not clean, stays with it."""

from __future__ import annotations

from datetime import timedelta

from haulback.checks._check import Check, Finding, held, listed, one_row, unknown
from haulback.checks._context import CheckContext
from haulback.pg.queries import script


def _measure(context: CheckContext) -> Finding:
    limit = context.thresholds.transaction_age
    hidden, oldest, late = one_row(
        context.connection,
        script("haulback.checks", "long_transactions.sql"),
        own=sorted(context.own_processes),
        limit=limit,
    )
    threshold = f"none older than {limit.total_seconds():.0f} s"
    if hidden and not late:
        return unknown(
            f"{hidden} sessions of other roles are hidden from us",
            threshold,
            f"Run: grant pg_read_all_stats to {context.server.user}",
        )
    return held(
        within=not late,
        figure=_figure(oldest, late),
        threshold=threshold,
        hint="Let them finish, or end them with pg_terminate_backend(pid), or rollback prepared.",
    )


def _figure(oldest: timedelta | None, late: list[str]) -> str:
    if oldest is None:
        return "no transaction is open"
    age = f"the oldest is {oldest.total_seconds():.1f} s old"
    return f"{age}; too old: {listed(late)}" if late else age


CHECK = Check("long-transactions", "No transaction is old", _measure)
