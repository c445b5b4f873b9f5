"""Functional verification: the probes, as anon, user A, user B and service_role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from haulback.deploy.context import Context
from haulback.deploy.errors import VerificationFailed
from haulback.deploy.steps.step import Nothing
from haulback.deploy.steps.validate import judged
from haulback.verify import verification


class Verify(Nothing):
    """Runs every probe that applies; a breach is recorded before anything is taken back."""

    id = "verify"
    title = "verify as each role"

    def plan(self, _context: Context) -> str:
        return "probes as anon, two users and service_role"

    def run(self, context: Context) -> Mapping[str, Any]:
        results = verification.run(context.work.connection, before=context.reach)
        context.work.reset()
        # In a transaction of its own: going back must not take the record of the breach with it.
        recorded = verification.record_breach(context.work.keeper, results)
        noted = judged(context, results, VerificationFailed)
        return {**noted, "breaches": recorded}
