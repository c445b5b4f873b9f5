"""A recovery of a whole cluster beside the one that runs: how far it came and what it left."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Phase(StrEnum):
    """How far a restore came; whatever was killed before `recovered` is begun again."""

    BUILDING = "building"
    RECOVERED = "recovered"
    PROVED = "proved"
    BAD = "bad"
    SWAPPING = "swapping"
    SWAPPED = "swapped"
    UNDOING = "undoing"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class ClusterRestore:
    """One recovery to a moment.

    Attributes:
        aim: as the person said it, in one form; with `chosen` and `wanted_timeline` it tells requests apart.
        chosen: backup that was asked for; empty for none.
        wanted_timeline: that was asked for; 0 for none.
        stop: setting and value of the recovery target.
        lsn: of the record that recovery stops at.
        at: time of the last commit that is in, where known.
        timeline: that the recovered cluster writes; 0 before it was recovered.
        boot: of the machine, during which it was recovered: before it is swapped nothing of it is synced.
        rows: of the users' tables.
        seconds: how long copying, recovering and reading everything took.
    """

    id: str
    target: str
    aim: str
    phase: Phase
    began_at: datetime
    chosen: str = ""
    wanted_timeline: int = 0
    backup: str = ""
    system: str = ""
    superuser: str = ""
    major: int = 0
    stop: str = ""
    lsn: str = ""
    at: datetime | None = None
    timeline: int = 0
    rows: int = 0
    tables: int = 0
    bytes: int = 0
    seconds: float = 0.0
    problem: str = ""
    boot: str = ""
