"""Recoveries done for practice: what was measured, and what that says of the objectives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class DrillVerdict(StrEnum):
    """What a drill came to."""

    PASS = "pass"  # noqa: S105 - a verdict
    FAIL = "fail"
    UNKNOWN = "unknown"  # it could not be played; never taken for a pass


@dataclass(frozen=True, slots=True)
class DrillStep:
    """A part of a recovery with its seconds; `grows` says whether more bytes would take more of them."""

    title: str
    seconds: float
    grows: bool = True


@dataclass(frozen=True, slots=True)
class Measured:
    """What one recovery showed.

    Attributes:
        rto: seconds from the moment of the loss until what was lost is back and compared; None where it never was.
        rpo: seconds of writes before that moment that are not back; None where nobody could tell.
        rows: that came back.
        size: bytes that were restored; what a forecast goes by.
        backup: id of the backup it went by; empty where it took none.
        problems: what is not as it was; each of them fails the drill.
        facts: what a person should know besides, one sentence each.
        heartbeat: age of the heartbeat that came back, in seconds before that moment; None where there is none.
    """

    rto: float | None
    rpo: float | None
    rows: int = 0
    size: int = 0
    backup: str = ""
    steps: tuple[DrillStep, ...] = ()
    problems: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()
    heartbeat: float | None = None


@dataclass(frozen=True, slots=True)
class Forecast:
    """At which size an objective will break, if recoveries go on at the pace that was measured.

    Attributes:
        seconds: a recovery takes now, at `size` bytes.
        limit: seconds that the objective allows.
        breaks_at: bytes; None where the pace cannot be told.
        from_drills: how many drills it goes by.
    """

    seconds: float
    size: int
    limit: float
    breaks_at: int | None
    from_drills: int


@dataclass(frozen=True, slots=True)
class Drill:
    """One drill with its judgement.

    Attributes:
        id: sorts by time.
        objective: seconds that the recovery may take.
        loss_objective: seconds of writes that may be lost.
        problems: why it did not pass.
        forecast: None where nothing was measured.
        trend: seconds that earlier drills of the scenario took, oldest first.
        unfiled: why its evidence could not be kept; empty where it is.
    """

    id: str
    scenario: str
    target: str
    at: datetime
    verdict: DrillVerdict
    measured: Measured
    objective: float
    loss_objective: float
    problems: tuple[str, ...] = ()
    forecast: Forecast | None = None
    trend: tuple[float, ...] = ()
    unfiled: str = ""
