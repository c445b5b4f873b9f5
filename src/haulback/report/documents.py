"""A deployment told to a program: the fields of `--json`."""

from __future__ import annotations

from typing import Any

from haulback.model.outcome import Outcome


def deployed(outcome: Outcome) -> dict[str, Any]:
    """The document of `haulback deploy` and `haulback rollback`."""
    deployment = outcome.deployment
    return {
        "ok": True,
        "exit": 0,
        "deployment": deployment.number if deployment else None,
        "state": deployment.state.value if deployment else "nothing pending",
        "seconds": round(outcome.seconds, 3),
        "resumed": outcome.resumed,
    }
