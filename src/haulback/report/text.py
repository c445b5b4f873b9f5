"""A deployment told to a person."""

from __future__ import annotations

from haulback.model.outcome import Outcome


def deployed(outcome: Outcome) -> str:
    """The last lines of `haulback deploy`."""
    if outcome.deployment is None:
        return "nothing is pending"
    return f"deployment {outcome.deployment.number}: {outcome.deployment.state} in {outcome.seconds:.2f} s"
