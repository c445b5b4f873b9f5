"""What a deployment or a rollback came to, for every report."""

from __future__ import annotations

from dataclasses import dataclass, field

from haulback.model.check import CheckResult
from haulback.model.deployment import Deployment
from haulback.model.rehearsal import Rehearsal


@dataclass(frozen=True)
class Outcome:
    """The end of a command that deploys or goes back.

    Attributes:
        deployment: with all its entries; None where nothing was pending.
        rehearsal: what the shadow told; None where nothing was rehearsed in this run.
        resumed: whether it took up what a crash had left.
        notes: what a person should know besides, such as rows that stay in the attic.
    """

    deployment: Deployment | None
    checks: tuple[CheckResult, ...] = ()
    rehearsal: Rehearsal | None = None
    seconds: float = 0.0
    resumed: bool = False
    notes: tuple[str, ...] = field(default=())
