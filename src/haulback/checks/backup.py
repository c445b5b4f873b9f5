"""The newest backup that was proved restorable is young enough; the size of a database proves nothing."""

from __future__ import annotations

from haulback.checks._check import Check, Finding, held, unknown
from haulback.checks._context import CheckContext


def _measure(context: CheckContext) -> Finding:
    limit = context.thresholds.backup_age
    threshold = f"younger than {limit.total_seconds() / 3600:.0f} h, and restored once to prove it"
    if context.proved_backup is None:
        return unknown(
            "no backup is known that was proved by restoring it",
            threshold,
            "Restore your newest backup somewhere, then name backup in accept_unknown of the policy.",
        )
    age = context.clock.now() - context.proved_backup
    return held(
        within=age < limit,
        figure=f"{age.total_seconds() / 3600:.1f} h old",
        threshold=threshold,
        hint="Take a backup and prove it before deploying.",
    )


CHECK = Check("backup", "A proved backup is at hand", _measure)
