"""Rows of a table in use beside those of a backup, and the restores that bring rows back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class How(StrEnum):
    """How a row in use compares with its backup."""

    MISSING = "missing"  # in the backup, and not in the table
    CHANGED = "changed"
    EXTRA = "extra"  # only in the table


class RestoreEvent(StrEnum):
    """What an entry of the journal says of a restore."""

    BEGUN = "begun"  # intent; nothing of the table was touched
    STAGED = "staged"  # with the rows, in one transaction: from here on a rerun goes on
    DONE = "done"
    UNDO_BEGUN = "undo begun"
    UNDONE = "undone"


@dataclass(frozen=True, slots=True)
class Differences:
    """What comparing a table with its backup showed.

    Attributes:
        identity: quoted, schema-qualified name of the table.
        backup: its id.
        holds: the moment that the backup holds.
        in_backup, in_table: rows on each side.
        first: the first keys of each kind, as COPY writes them.
        only_backup, only_table: columns that one side lacks; the others were compared.
        chosen: how many of the missing and changed rows `only_where` chose; None where nothing was asked.
    """

    identity: str
    backup: str
    holds: datetime
    in_backup: int
    in_table: int
    missing: int
    changed: int
    extra: int
    first: Mapping[How, tuple[str, ...]] = field(default_factory=dict)
    only_backup: tuple[str, ...] = ()
    only_table: tuple[str, ...] = ()
    chosen: int | None = None


@dataclass(frozen=True, slots=True)
class RestoreEntry:
    """One line of the journal."""

    at: datetime
    event: RestoreEvent
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Restore:
    """Rows brought back from a backup.

    Attributes:
        number: counts up from 1 on each target; what a person types.
        identity: of the table.
        request: what was asked for; the same request goes on with what a crash cut short.
        entries: oldest first.
    """

    id: UUID
    number: int
    identity: str
    request: Mapping[str, Any]
    begun_at: datetime
    entries: tuple[RestoreEntry, ...] = ()

    @property
    def state(self) -> str:
        """`running`, `restored`, `going back` or `undone`."""
        return _STATES[self.entries[-1].event] if self.entries else "running"

    @property
    def is_unfinished(self) -> bool:
        return self.state in {"running", "going back"}

    def has(self, event: RestoreEvent) -> bool:
        return any(one.event is event for one in self.entries)

    def detail(self, event: RestoreEvent) -> Mapping[str, Any]:
        """What the newest entry of that kind noted."""
        told = [one.detail for one in self.entries if one.event is event]
        return told[-1] if told else {}


_STATES = {
    RestoreEvent.BEGUN: "running",
    RestoreEvent.STAGED: "running",
    RestoreEvent.DONE: "restored",
    RestoreEvent.UNDO_BEGUN: "going back",
    RestoreEvent.UNDONE: "undone",
}


@dataclass(frozen=True, slots=True)
class RestoredRows:
    """What became of the rows that were to come back.

    Attributes:
        inserted, updated: rows brought back.
        left: rows that stayed as they are, by reason.
    """

    inserted: int = 0
    updated: int = 0
    left: Mapping[str, int] = field(default_factory=dict)


# Why a row that a restore inserted stays there for good: somebody made it his own.
USERS_WORD = frozenset({"written since it came back", "other rows refer to it"})


@dataclass(frozen=True, slots=True)
class UndoneRows:
    """What became of the rows that a restore had brought back.

    Attributes:
        deleted: inserted by the restore, and gone again.
        set_back: with the values from before the restore.
        gone: deleted since by somebody else.
        left: rows that stay, by reason.
        touched: set back but for the columns that somebody wrote since.
    """

    deleted: int = 0
    set_back: int = 0
    gone: int = 0
    left: Mapping[str, int] = field(default_factory=dict)
    touched: int = 0

    @property
    def refused(self) -> int:
        """Rows that stay though nobody wrote them or refers to them: a person is needed."""
        return sum(rows for reason, rows in self.left.items() if reason not in USERS_WORD)


@dataclass(frozen=True, slots=True)
class TableRestored:
    """The outcome of `restore table`.

    Attributes:
        restore, rows: None where nothing was to come back.
        extra: keys of rows that only the table has, where they were asked for.
        proved: whether the backup was restored before to prove it.
    """

    differences: Differences
    restore: Restore | None = None
    rows: RestoredRows | None = None
    extra: tuple[str, ...] = ()
    proved: bool = True


@dataclass(frozen=True, slots=True)
class KeptRestore:
    """A restore as a person sees it; `size` is what it keeps in the attic, in bytes."""

    restore: Restore
    size: int
    can_undo: bool


@dataclass(frozen=True, slots=True)
class Beside:
    """A new table that the rows of a backup were put into.

    Attributes:
        identity: quoted name of the new table.
        rows: that are in it.
        erased: rows of erased users, which were left out.
    """

    identity: str
    rows: int
    erased: int
