"""The newest backup that was proved restorable is young enough; the size of a database proves nothing."""

from __future__ import annotations

from datetime import timedelta

from haulback.checks._check import Check, Finding, held, unknown
from haulback.checks._context import CheckContext

_SKEW = timedelta(minutes=5)  # between the server's clock and ours


def _measure(context: CheckContext) -> Finding:
    limit = context.thresholds.backup_age
    threshold = f"younger than {limit.total_seconds() / 3600:.0f} h, and restored once to prove it"
    if context.proved_backup is None:
        return unknown(
            context.backups_unknown or "no backup is known that was proved by restoring it",
            threshold,
            "Take one and prove it: `haulback backup run` (--table NAME for tables that it leaves out), "
            "`haulback backup verify`. Where others make your backups, "
            "restore the newest somewhere and name backup in accept_unknown of the policy.",
        )
    age = context.clock.now() - context.proved_backup
    if age < -_SKEW:
        return unknown(
            f"the newest proved backup is {-age.total_seconds() / 3600:.1f} h in the future",
            threshold,
            "Set the clocks of this machine and of the server right.",
        )
    return held(
        within=age < limit,
        figure=f"{max(0.0, age.total_seconds()) / 3600:.1f} h old",
        threshold=threshold,
        hint="Take a backup and prove it: `haulback backup run`, `haulback backup verify`.",
    )


CHECK = Check("backup", "A proved backup is at hand", _measure)
