"""One run of a plan against a target, as the journal tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class State(StrEnum):
    """The life of a deployment."""

    PLANNED = "planned"
    RUNNING = "running"
    DEPLOYED = "deployed"
    GOING_BACK = "going back"
    ROLLED_BACK = "rolled back"
    INCOMPLETE = "rollback incomplete"
    SEALED = "sealed"

    @property
    def unfinished(self) -> bool:
        """Whether a crash left it here and a rerun must take it up."""
        return self in {State.PLANNED, State.RUNNING, State.GOING_BACK}


class Event(StrEnum):
    """What an entry of the journal says of a step or of one unit of it."""

    BEGUN = "begun"  # intent: from here on the step may have happened
    DONE = "done"  # outcome, in the same transaction as the act where the act is transactional
    FAILED = "failed"
    UNDO_BEGUN = "undo begun"
    UNDONE = "undone"
    STATE = "state"  # the deployment's life; `detail.state` says which


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the journal.

    Attributes:
        unit: which part of the step, such as a migration's version; empty for the step as a whole.
    """

    sequence: int
    at: datetime
    step: str
    event: Event
    unit: str = ""
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Deployment:
    """One run of a plan.

    Attributes:
        number: counts up from 1 on each target; what a person types.
        host, pid: of the Haulback process that began it.
        plan: the saved form of the plan (see `migrations.plan_file`).
    """

    id: UUID
    number: int
    plan_hash: str
    plan: Mapping[str, Any]
    target: str
    environment: str
    login: str
    host: str
    pid: int
    begun_at: datetime
    entries: tuple[Entry, ...] = ()

    @property
    def state(self) -> State:
        """The newest state that the entries tell."""
        told = [entry for entry in self.entries if entry.event is Event.STATE]
        return State(told[-1].detail["state"]) if told else State.PLANNED

    @property
    def deployed_at(self) -> datetime | None:
        """When it stood deployed: from then on its window runs. None where it never did."""
        states = [entry for entry in self.entries if entry.event is Event.STATE]
        reached = [entry.at for entry in states if entry.detail["state"] == State.DEPLOYED]
        return reached[-1] if reached else None

    def is_done(self, step: str, unit: str = "") -> bool:
        """Whether the newest word on the step is that it was done (and not undone since)."""
        told = [
            entry.event
            for entry in self.entries
            if entry.step == step and entry.unit == unit and entry.event in {Event.DONE, Event.UNDONE}
        ]
        return bool(told) and told[-1] is Event.DONE

    def was_begun(self, step: str, unit: str = "") -> bool:
        """Whether the step was begun and nothing tells how it ended: a crash came in between."""
        told = [entry.event for entry in self.entries if entry.step == step and entry.unit == unit]
        return bool(told) and told[-1] in {Event.BEGUN, Event.UNDO_BEGUN}

    def done_units(self, step: str) -> tuple[str, ...]:
        """The units of a step that are done and not undone, in the order in which they were done."""
        order = [e.unit for e in self.entries if e.step == step and e.event is Event.DONE and e.unit]
        return tuple(unit for unit in dict.fromkeys(order) if self.is_done(step, unit))

    def detail(self, step: str, unit: str = "") -> Mapping[str, Any]:
        """What the newest `done` of a step noted."""
        noted = [e.detail for e in self.entries if e.step == step and e.unit == unit and e.event is Event.DONE]
        return noted[-1] if noted else {}
