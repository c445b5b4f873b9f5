"""What a hazard's rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from haulback.hazards.reading import Reading, Seen
from haulback.model.hazard import Level


class Family(StrEnum):
    """What a hazard threatens."""

    DESTROYS = "destroys"  # rows, values or objects go
    LOCKS = "locks"  # others wait
    DEADLOCKS = "deadlocks"
    MIXES = "mixes"  # what must not stand in one file or transaction
    CLIENTS = "clients"  # what runs today may stop working
    SAFETY = "safety"  # a safety is switched off
    EXPOSES = "exposes"  # somebody may read or do more
    DESIGN = "design"  # it works, and will be regretted
    FILE = "file"  # the file itself, or what silences hazards in it


class Work(StrEnum):
    """What goes on while a lock keeps others out: its length follows from the size of the table."""

    SCAN = "scan"  # the table is read once
    BUILD = "build"  # an index is built
    REWRITE = "rewrite"  # table and indexes are written anew


@dataclass(frozen=True, slots=True)
class Found:
    """One finding of a rule.

    Attributes:
        seen: the statement that it stands in.
        told: what happens, with the objects named; lower-case, without a full stop.
        table: the existing table that others are kept out of; scales the level, and silences the finding where the
            same file makes the table.
        subject: what the finding is about, where that is not the table.
        advice, rewrite: see `Hazard`.
        level: in place of the rule's.
        work: in place of the rule's.
        place: line and column of the part that matters, in place of the statement's.
    """

    seen: Seen
    told: str
    table: str = ""
    subject: str = ""
    advice: str = ""
    rewrite: str = ""
    level: Level | None = None
    work: Work | None = None
    place: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A member of the rules, bound to the name RULE in a file of its own.

    Attributes:
        id: kebab-case; the file is named so with underscores, the page in docs/hazards with hyphens.
        title: one sentence without a full stop: what is wrong, whatever the statement.
        level: where nothing scales it: unknown size, staging and production.
        find: reads one file; None where only squawk or the rehearsal can tell.
        work: what is done under a lock; with it the size of the table decides the level.
        measured: whether it reads what the rehearsal saw; it keeps quiet of what another rule told of a statement.
        squawk: names of squawk's rules that say the same; ours decides, except where `find` is None.
    """

    id: str
    title: str
    family: Family
    level: Level
    find: Callable[[Reading], Iterable[Found]] | None = None
    work: Work | None = None
    measured: bool = False
    squawk: tuple[str, ...] = ()
