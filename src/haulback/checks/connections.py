"""There is room for our sessions beside everybody else's."""

from __future__ import annotations

from haulback.checks._check import Check, Finding, held, one_row
from haulback.checks._context import CheckContext
from haulback.pg.queries import script


def _measure(context: CheckContext) -> Finding:
    whose, used, most = one_row(context.connection, script("haulback.checks", "connections.sql"))
    limit = context.thresholds.connections_share
    return held(
        within=used < limit * most,
        figure=f"{used} of {most} sessions of {whose} in use ({used / most:.0%})",
        threshold=f"below {limit:.0%}, reserved sessions not counted as usable",
        hint="Close idle sessions, put a pooler before the applications, or raise the limit.",
    )


CHECK = Check("connections", "Sessions are left", _measure)
