"""Reads the entries of a deployment: how each step and migration ended, what failed, how long it took. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from haulback.errors import Exit
from haulback.model.deployment import Deployment, Entry, Event, State
from haulback.report.plain import plain

_LIFE = "deployment"  # entries of the deployment itself, not of one of its steps
_MIGRATION = "migration"
_UNIT = "unit"
_HASH = re.compile(r"[0-9a-f]{64}")
_SHORT = 12  # characters of a hash that a person can compare


class Ended(StrEnum):
    """The newest word on a step or a migration."""

    DONE = "done"
    SKIPPED = "skipped"  # the step ran, and noted that there was nothing to do, or nobody to do it
    FAILED = "failed"
    UNDONE = "taken back"
    BEGUN = "not finished"
    NOT_RUN = "not run"


_ENDED = {
    Event.BEGUN: Ended.BEGUN,
    Event.DONE: Ended.DONE,
    Event.FAILED: Ended.FAILED,
    Event.UNDO_BEGUN: Ended.BEGUN,
    Event.UNDONE: Ended.UNDONE,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step as the journal tells it.

    Attributes:
        seconds: from begun to done; None where it was not done.
        problem: what its newest failure said, kept although the step was taken back since.
        noted: what it noted when it was done.
    """

    id: str
    ended: Ended
    begun_at: datetime
    seconds: float | None = None
    problem: str = ""
    noted: Mapping[str, Any] = field(default_factory=dict)

    @property
    def unknown(self) -> tuple[str, ...]:
        """What the step could not find out: ids of probes, or the proof of a snapshot."""
        listed = self.noted.get("unknown")
        probes = tuple(map(str, listed)) if isinstance(listed, Sequence) and not isinstance(listed, str) else ()
        return probes + (("proof",) if self.noted.get("proof") == "unknown" else ())


@dataclass(frozen=True, slots=True)
class MigrationRun:
    """One migration of a deployment."""

    version: str
    name: str
    ended: Ended

    @property
    def label(self) -> str:
        return f"{self.version}_{self.name}" if self.name else self.version


def steps(deployment: Deployment) -> tuple[Step, ...]:
    """Every step that was begun, in the order in which they were begun first."""
    whole: dict[str, list[Entry]] = {}
    for entry in deployment.entries:
        if entry.event is not Event.STATE and not entry.unit and entry.step not in {_LIFE, _MIGRATION, _UNIT}:
            whole.setdefault(entry.step, []).append(entry)
    return tuple(_step(name, told) for name, told in whole.items())


def migrations(deployment: Deployment) -> tuple[MigrationRun, ...]:
    """Every migration of the plan, in order, with how it ended."""
    return tuple(
        MigrationRun(str(one["version"]), str(one.get("name") or ""), _migration_ended(deployment, str(one["version"])))
        for one in deployment.plan.get("migrations", ())
    )


def problem(deployment: Deployment) -> str:
    """What the first failure said: later ones are mostly its consequences. Empty where nothing failed."""
    failed = [entry for entry in deployment.entries if entry.event is Event.FAILED]
    return str(failed[0].detail.get("problem", "")) if failed else ""


def ended_at(deployment: Deployment) -> datetime:
    """When the last entry was written, sealing left out; the beginning where there is none."""
    told = [one.at for one in deployment.entries if one.detail.get("state") != State.SEALED]
    return told[-1] if told else deployment.begun_at


def seconds(deployment: Deployment) -> float:
    """From the beginning to the last entry, pauses by crashes included."""
    return (ended_at(deployment) - deployment.begun_at).total_seconds()


def ending(deployment: Deployment | None) -> Exit:
    """The exit code that the deployment's state stands for."""
    if unverified(deployment):
        return Exit.UNVERIFIED
    if deployment is None or deployment.state in {State.DEPLOYED, State.SEALED}:
        return Exit.DONE
    match deployment.state:
        case State.ROLLED_BACK:
            return Exit.ROLLED_BACK if problem(deployment) else Exit.DONE
        case State.INCOMPLETE:
            return Exit.ROLLBACK_INCOMPLETE
        case _:
            return Exit.INTERRUPTED


def unverified(deployment: Deployment | None) -> tuple[str, ...]:
    """What may not stay unknown and did, of a deployment that stands."""
    if deployment is None or deployment.state is not State.DEPLOYED:
        return ()
    return tuple(map(str, deployment.detail("verify").get("unverified", ())))


def noted(detail: Mapping[str, Any]) -> str:
    """One line of what an entry notes; lists are counted, and what is empty is left out."""
    return ", ".join(f"{key} {_value(value)}" for key, value in detail.items() if value not in ({}, [], "", None))


def _value(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(plain(one) for one in value) if all(isinstance(one, str) for one in value) else str(len(value))
    if isinstance(value, Mapping):
        return str(len(value))
    shown = plain(value)
    return shown[:_SHORT] if _HASH.fullmatch(shown) else shown


def _step(name: str, told: Sequence[Entry]) -> Step:
    done = [entry for entry in told if entry.event is Event.DONE]
    failed = [entry for entry in told if entry.event is Event.FAILED]
    detail = dict(done[-1].detail) if done else {}
    taken = detail.pop("seconds", None)
    ended = _ENDED[told[-1].event]
    if ended is Ended.UNDONE:
        detail |= told[-1].detail
    return Step(
        id=name,
        ended=Ended.SKIPPED if ended is Ended.DONE and detail.get("skipped") else ended,
        begun_at=told[0].at,
        seconds=float(taken) if isinstance(taken, int | float) else None,
        problem=str(failed[-1].detail.get("problem", "it failed")) if failed else "",
        noted=detail,
    )


def _migration_ended(deployment: Deployment, version: str) -> Ended:
    """A migration commits with its `done`; one of several parts has entries of its parts before that."""
    told = [
        entry.event
        for entry in deployment.entries
        if (entry.step == _MIGRATION and entry.unit == version)
        or (entry.step == _UNIT and entry.unit.rpartition("#")[0] == version)
    ]
    whole = [entry.event for entry in deployment.entries if entry.step == _MIGRATION and entry.unit == version]
    if whole and whole[-1] in _ENDED:
        return _ENDED[whole[-1]]
    if not told:
        return Ended.NOT_RUN
    return Ended.UNDONE if deployment.state is State.ROLLED_BACK else Ended.BEGUN
