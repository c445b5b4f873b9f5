"""Nobody else is deploying to this database."""

from __future__ import annotations

from haulback.checks._check import Check, Finding, held, listed, unknown
from haulback.checks._context import CheckContext
from haulback.pg.queries import script

_THRESHOLD = "the deployment lock is free or ours"


def _measure(context: CheckContext) -> Finding:
    if context.deployment_lock is None:
        return unknown("the deployment lock was not named", _THRESHOLD, "Run haulback status to see who deploys.")
    first, second = context.deployment_lock
    parameters = {"class": first, "object": second, "own": sorted(context.own_processes)}
    rows = context.connection.execute(script("haulback.checks", "other_deployment.sql"), parameters)
    holders = [who for (who,) in rows]
    return held(
        within=not holders,
        figure=f"held by {listed(holders)}" if holders else "nobody holds it",
        threshold=_THRESHOLD,
        hint="Wait for the other deployment to end; haulback status tells how far it is.",
    )


CHECK = Check("other-deployment", "No other deployment runs", _measure)
