"""What a deployment keeps in the attic so that it can be taken back, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from haulback.model.schema import InverseStep, ObjectKey


class CaptureKind(StrEnum):
    """The form in which something is kept."""

    MOVED_TABLE = "moved table"
    MOVED_SEQUENCE = "moved sequence"
    MOVED_TYPE = "moved type"
    COPIED_TABLE = "copied table"
    COPIED_COLUMNS = "copied columns"
    CHANGED_ROWS = "changed rows"


_WITH_ROWS = frozenset(
    {CaptureKind.MOVED_TABLE, CaptureKind.COPIED_TABLE, CaptureKind.COPIED_COLUMNS, CaptureKind.CHANGED_ROWS}
)


class Keeps(StrEnum):
    """Which side of a deployment a capture keeps."""

    BEFORE = "before"  # what the deployment destroyed: given back when it is taken back
    AFTER = "after"  # what taking it back would destroy: given back when it is deployed again


@dataclass(frozen=True, slots=True)
class Capture:
    """One thing kept in the attic.

    Attributes:
        number: of the deployment, as a person types it.
        identity: the quoted, schema-qualified name it had.
        attic_table: its bare name in the schema haulback_attic.
        detail: what giving back needs; written once. Names in it are bare, not quoted.
        progress: how far giving back has come; see `filling` and `merging`.
        rows: None until they were counted after the commit.
        checksum: a sum over the rows that does not depend on their order; None until counted.
    """

    id: int
    deployment: UUID
    number: int
    keeps: Keeps
    kind: CaptureKind
    identity: str
    attic_table: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    rows: int | None = None
    checksum: str | None = None
    progress: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """The columns of the primary key; empty without one."""
        return tuple(self.detail.get("key", ()))

    @property
    def columns(self) -> tuple[str, ...]:
        """What a `copied columns` gives back; else every column."""
        return tuple(self.detail.get("columns", ()))

    @property
    def given_back(self) -> tuple[str, ...]:
        """The columns that were away, so that nobody wrote them since."""
        return tuple(name for name in self.columns if name not in self.detail.get("changed", ()))

    @property
    def retyped(self) -> tuple[str, ...]:
        """The columns that only changed their type, and of which is kept what the migration made of them."""
        return tuple(self.detail.get("after", {}).get("columns", ()))

    @property
    def after_table(self) -> str | None:
        """The bare name, in the attic, of what the migration made of `retyped`; None where it left the values alone."""
        name = self.detail.get("after", {}).get("table")
        return str(name) if name else None

    @property
    def promised(self) -> tuple[str, ...]:
        """The columns of `after_table` that are still to be computed from this copy; see `recomputing`."""
        return tuple(self.detail.get("after", {}).get("promised", ()))

    @property
    def user_columns(self) -> tuple[str, ...]:
        """Columns whose foreign key leads to auth.users."""
        return tuple(self.detail.get("user_columns", ()))

    @property
    def holds_rows(self) -> bool:
        return self.kind in _WITH_ROWS


@dataclass(frozen=True, slots=True)
class PlannedCopy:
    """A table to copy ahead: whole rows where `columns` is empty, else its key and those columns.

    `columns` are bare names; `changed` are those of them that stay and only change their type: users go on writing
    them, so what the migration made of the values is kept as well. `texts` are kept as text, since their type goes.
    `number` tells it from earlier copies of other columns of the same table.
    An `emptied` table stays, and loses all its rows at once: it is copied whole, and its `columns` are those it loses
    besides.
    """

    identity: str
    columns: tuple[str, ...] = ()
    reason: str = ""
    changed: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    number: int = 0
    emptied: bool = False

    @property
    def parts(self) -> tuple[str, ...]:
        """The columns to copy; empty for whole rows."""
        return () if self.emptied else self.columns


@dataclass(frozen=True, slots=True)
class CapturePlan:
    """What is kept before a migration runs, and what cannot be, with the reason.

    Attributes:
        copies: tables and columns copied ahead.
        changes: identities of tables whose rows the migration changes: noted row by row while it does.
        impossible: what cannot be kept, with the reason.
        moves: identities of tables that move to the attic in the place of the statement that drops them.
    """

    copies: tuple[PlannedCopy, ...] = ()
    changes: tuple[str, ...] = ()
    impossible: tuple[tuple[ObjectKey, str], ...] = ()
    moves: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReturnPlan:
    """What is kept before a deployment is taken back.

    Attributes:
        tables, sequences, types: identities that move to the attic.
        copies: created columns on tables that stay.
        impossible: created columns that cannot be copied, with the reason.
        loosening: statements that run before anything moves, so that extensions can go.
    """

    tables: tuple[str, ...] = ()
    sequences: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    copies: tuple[PlannedCopy, ...] = ()
    impossible: tuple[tuple[ObjectKey, str], ...] = ()
    loosening: tuple[InverseStep, ...] = ()


@dataclass(frozen=True, slots=True)
class SkippedStatement:
    """A statement of a rollback script that had nothing left to do, and why."""

    file: str
    line: int
    statement: str
    reason: str


@dataclass(frozen=True, slots=True)
class TakenBack:
    """What the structure transaction did.

    Attributes:
        captures: what was kept; `rows` still None for moved tables.
        skipped: statements of the rollback scripts whose object is in the attic, or which the inverse does.
        residual: statements of the inverse that ran after the scripts.
        pending: how many statements wait for `finish`.
    """

    captures: tuple[Capture, ...]
    skipped: tuple[SkippedStatement, ...]
    residual: tuple[str, ...]
    pending: int


@dataclass(frozen=True, slots=True)
class Filled:
    """Values of one capture given back.

    Attributes:
        given: rows or values written.
        kept: rows that kept a value a user wrote since, or that exist already.
        gone: rows deleted since; they stay deleted.
        erased: rows of erased users; they stay in the attic.
    """

    capture: Capture
    given: int
    kept: int
    gone: int
    erased: int


@dataclass(frozen=True, slots=True)
class HeldUp:
    """Rows of one capture that nobody wrote since and that cannot come back, for one reason.

    Attributes:
        capture: its number in the attic.
        identity: the table.
        reason: what the server or we said of them.
        rows: how many.
    """

    capture: int
    identity: str
    reason: str
    rows: int

    def __str__(self) -> str:
        return f"{self.rows} of {self.identity} ({self.reason})"


@dataclass(frozen=True, slots=True)
class Merged:
    """Rows of one capture brought back into a table of its name.

    Attributes:
        captured: rows in the attic when the merge began.
        merged: rows brought back, in this and earlier runs.
        present: rows that were there already.
        left: rows that stay in the attic, by reason.
        only_captured, only_live: columns that one side lacks.
        sequences: sequences that were raised.
    """

    capture: Capture
    captured: int
    merged: int
    present: int
    left: Mapping[str, int]
    only_captured: tuple[str, ...] = ()
    only_live: tuple[str, ...] = ()
    sequences: tuple[str, ...] = ()

    @property
    def adds_up(self) -> bool:
        return self.merged + self.present + sum(self.left.values()) == self.captured


@dataclass(frozen=True, slots=True)
class AtticEntry:
    """A capture as a person sees it.

    Attributes:
        size: bytes on disk.
        state: `kept`, `not counted`, `merged`, `given back`, or `damaged` where the checksum does not agree.
        seconds: age.
        left: rows that a merge left behind, by reason.
        checksum: `right` or `wrong`; `unknown` where nobody looked, empty where there is none.
        standing: the state of its deployment; empty where it was not asked for.
    """

    capture: Capture
    size: int
    state: str
    seconds: float
    left: Mapping[str, int] = field(default_factory=dict)
    checksum: str = ""
    standing: str = ""
