"""Functional verification: the probes, as anon, user A, user B and service_role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from haulback.deploy import asked_api
from haulback.deploy.context import Context
from haulback.deploy.errors import VerificationFailed
from haulback.deploy.steps.validate import judged
from haulback.model.check import Outcome, ProbeResult
from haulback.verify import verification


class Verify:
    """Runs every probe that applies; a breach is recorded before anything is taken back."""

    id = "verify"
    title = "verify as each role"

    def plan(self, _context: Context) -> str:
        return "probes as anon, two users and service_role"

    def run(self, context: Context) -> Mapping[str, Any]:
        swept = asked_api.sweep(context)
        api = asked_api.api(context)
        results = verification.run(context.work.connection, before=context.reach, api=api)
        context.work.reset()
        # In a transaction of its own: going back must not take the record of the breach with it.
        recorded = verification.record_breach(context.work.keeper, results)
        noted = judged(context, results, VerificationFailed)
        return {**noted, "breaches": recorded, **_of_the_api(results), **({"swept": swept} if swept else {})}

    def undo(self, context: Context) -> Mapping[str, Any]:
        swept = asked_api.sweep(context)
        return {"swept": swept} if swept else {}


def _of_the_api(results: Iterable[ProbeResult]) -> Mapping[str, Any]:
    """How long the API took to serve the new schema, where it came to serve it."""
    served = [one for one in results if one.id == "api-cache" and one.outcome is Outcome.PASS]
    return {"api_served_seconds": round(served[0].milliseconds / 1000, 3)} if served else {}
