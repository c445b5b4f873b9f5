"""What to do when something is lost, for one target as it is today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from haulback.model.drill import DrillVerdict


@dataclass(frozen=True, slots=True)
class Loss:
    """One kind of loss, and the way out of it.

    Attributes:
        scenario: id of the drill that practises it.
        title: what is lost.
        objective: seconds that the recovery may take.
        commands: in their order; a word in capitals is to be filled in.
        verdict: of the newest drill; None where there was none.
        measured: seconds that it took; None where it was not measured.
        lost: seconds of writes that it lost; None where nobody could tell.
        drilled_at: when that was.
        old: whether that is so long ago that it says little.
        problem: what kept the drill from passing; empty where nothing did.
        missing: why it cannot be done today; empty where it can.
    """

    scenario: str
    title: str
    objective: float
    commands: tuple[str, ...]
    verdict: DrillVerdict | None = None
    measured: float | None = None
    lost: float | None = None
    drilled_at: datetime | None = None
    old: bool = False
    problem: str = ""
    missing: str = ""


@dataclass(frozen=True, slots=True)
class RecoveryPlan:
    """The plan of a target.

    Attributes:
        store: where its backups lie.
        newest: id of the newest proved backup; empty where none is proved.
        age: seconds since the moment that it holds.
        losses: hardest first.
        contacts: who is called, in this order.
        gaps: what is not as the objectives want it, one sentence each.
    """

    target: str
    environment: str
    at: datetime
    store: str
    newest: str
    age: float | None
    losses: tuple[Loss, ...]
    contacts: tuple[str, ...]
    loss_objective: float
    gaps: tuple[str, ...]
