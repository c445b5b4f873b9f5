"""Functional verification: the probes, as anon, user A, user B and service_role."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from haulback.deploy import asked_api
from haulback.deploy.context import Context
from haulback.deploy.errors import VerificationFailed
from haulback.deploy.steps.validate import judged
from haulback.model.check import Outcome, ProbeResult
from haulback.model.target import Policy
from haulback.verify import verification

_OF_THE_API = ("api-cache", "api-callers", "api-graphql", "api-reads", "api-realtime")


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
        return {
            **noted,
            "breaches": recorded,
            **_of_the_api(results, context.target.policy),
            **({"swept": swept} if swept else {}),
        }

    def undo(self, context: Context) -> Mapping[str, Any]:
        swept = asked_api.sweep(context)
        return {"swept": swept} if swept else {}


def _of_the_api(results: Iterable[ProbeResult], policy: Policy) -> Mapping[str, Any]:
    """How long the API took to serve the new schema and Realtime to tell of a row, and what may not stay unknown.

    The latter does not take the deployment back: that the API could not be asked is no sign that anything is wrong.
    """
    asked = [one for one in results if one.id in _OF_THE_API]
    noted: dict[str, Any] = {}
    for one in asked:
        if one.id == "api-cache" and one.outcome is Outcome.PASS:
            noted["api_served_seconds"] = round(one.milliseconds / 1000, 3)
        noted |= {name: round(figure, 3) for name, figure in one.figures.items()}
    unknown = [one for one in asked if one.outcome is Outcome.UNKNOWN and one.id not in policy.accept_unknown]
    if unknown and policy.unknown_blocks:
        noted["unverified"] = [f"{one.id}: {one.detail}" for one in unknown]
    return noted
