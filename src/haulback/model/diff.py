"""How two databases differ: one as it was, mostly recovered, and one as it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from haulback.model.restore import How

Values = Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row that differs.

    Attributes:
        key: as COPY writes it.
        then, now: its values by column; None where that side has no such row, or nobody asked for values.
    """

    key: str
    then: Values | None = None
    now: Values | None = None


@dataclass(frozen=True, slots=True)
class TableDiff:
    """One table on both sides.

    Attributes:
        identity: quoted, schema-qualified name.
        then, now: rows on each side; None where the table is not there, or could not be read.
        same: whether the rows are the same in the columns that both have; None where nobody could tell.
        reason: why rows could not be told apart, or read; empty where they were.
        missing: rows only in the one that was; None where nothing tells rows apart.
        erased, archived: of the missing ones, those that are not to come back, since their user was erased or they are
            in the archive now; `erased` is None where the role may not ask.
        extra: rows only in the one that is.
        first: some of each kind; of the missing ones none that are not to come back.
        only_then, only_now, retyped: columns that were not compared.
        command: what brings rows back; empty where nothing is to, or no backup could.
    """

    identity: str
    then: int | None
    now: int | None
    same: bool | None
    reason: str = ""
    missing: int | None = None
    changed: int | None = None
    extra: int | None = None
    erased: int | None = 0
    archived: int = 0
    first: Mapping[How, tuple[ShownRow, ...]] = field(default_factory=dict)
    only_then: tuple[str, ...] = ()
    only_now: tuple[str, ...] = ()
    retyped: tuple[str, ...] = ()
    command: str = ""

    @property
    def comes_back(self) -> int:
        """Missing and changed rows that a restore would bring back."""
        return (self.missing or 0) - (self.erased or 0) - self.archived + (self.changed or 0)

    @property
    def unread(self) -> bool:
        """Whether a side could not be read, so that nothing is known."""
        return self.same is None


@dataclass(frozen=True, slots=True)
class SequenceDiff:
    """A sequence that stands elsewhere; None where it was never used, may not be read, or is not there."""

    identity: str
    then: int | None
    now: int | None


@dataclass(frozen=True, slots=True)
class Diff:
    """Two databases.

    Attributes:
        then: what the one that was is called: id of a recovery, or the name of another target.
        now: the target.
        schema: one line for each object that came (+) or went (-) since, and for each facet that changed (~).
        tables: by name, those that differ and those that do not.
    """

    then: str
    now: str
    schema: tuple[str, ...]
    tables: tuple[TableDiff, ...]
    sequences: tuple[SequenceDiff, ...] = ()

    @property
    def equal(self) -> bool:
        return not self.schema and not self.sequences and all(one.same for one in self.tables)

    @property
    def unread(self) -> tuple[str, ...]:
        return tuple(one.identity for one in self.tables if one.unread)
