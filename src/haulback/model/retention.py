"""Which backups go and which stay, each with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Why(StrEnum):
    """The reason for what is done with a backup; of several, the first one here."""

    HELD = "held"
    FUTURE = "future"  # its moment is still to come: a clock was wrong, and nobody knows which
    NEWEST = "newest"  # the newest one that was proved
    COUNTED = "counted"  # one of the proved ones that stay however old
    BASE = "base"  # the recovery window begins with it
    WINDOW = "window"  # a recovery within the window can start from it
    YOUNG = "young"
    UNREPLACED = "unreplaced"  # old enough to go, but nothing proved is that much newer
    UNDERWAY = "underway"  # it may still be in the making
    PARENT = "parent"  # one that stays builds on it
    AGED = "aged"
    BAD = "bad"  # proved bad, or unreadable, and old enough to go
    UNFINISHED = "unfinished"  # never finished, and too old to be in the making

    @property
    def goes(self) -> bool:
        return self in {Why.AGED, Why.BAD, Why.UNFINISHED}


@dataclass(frozen=True, slots=True)
class Fate:
    """What is done with one backup.

    Attributes:
        backup: its id.
        why: the reason; says by itself whether it goes.
        size: bytes in the store, as far as its manifest says.
    """

    backup: str
    why: Why
    size: int = 0


@dataclass(frozen=True, slots=True)
class Retention:
    """What is done with all backups of a target.

    Attributes:
        fates: oldest backup first.
        going: those that go, in the order to remove them: what builds on another before it, so that a crash leaves
            no orphan.
        wal_from: LSN from which the WAL archive must stay, so that the recovery window has no hole; empty while no
            backup says that any of it may go.
        base: id of the backup that `wal_from` is of.
    """

    fates: tuple[Fate, ...]
    going: tuple[Fate, ...] = ()
    wal_from: str = ""
    base: str = ""
