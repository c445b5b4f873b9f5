"""What keeping and giving back would cost, estimated before anything starts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from haulback.model.capture import CaptureKind


@dataclass(frozen=True, slots=True)
class TableExtent:
    """How much a table of the target holds, children included.

    Attributes:
        identity: quoted, schema-qualified.
        rows: as a sample of its pages, or else the statistics, tell.
        heap, toast: bytes on disk.
        key: columns of the primary key, bare.
        users: columns whose foreign key leads to auth.users, bare; a copy of columns takes them along.
        widths: average bytes of a column's value as stored, wherever it is stored; empty where no row could be read.
    """

    identity: str
    rows: float
    heap: int
    toast: int = 0
    key: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    widths: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ExpectedChanges:
    """What statements are expected to do to the rows of a table.

    Attributes:
        updated, removed, added: rows.
        width: bytes of the new values in an updated row.
    """

    updated: float = 0.0
    removed: float = 0.0
    added: float = 0.0
    width: float = 0.0

    @classmethod
    def of(cls, changes: Iterable[ExpectedChanges]) -> ExpectedChanges:
        """All of them together; the widest update counts."""
        several = tuple(changes)
        return cls(
            sum(one.updated for one in several),
            sum(one.removed for one in several),
            sum(one.added for one in several),
            max((one.width for one in several), default=0.0),
        )


@dataclass(frozen=True, slots=True)
class CaptureCost:
    """What one capture costs. Bytes and seconds.

    Attributes:
        identity: of the table.
        columns: that are kept; empty for whole rows.
        rows: that are kept.
        disk: in the attic, with the index of the primary key.
        wal: written while it is made.
        seconds: of copying; for changed rows, that the migration takes longer.
        locked: others may be kept out of the table for so long, because of the capture.
        back: seconds of giving the values back; others wait for milliseconds at a time.
        bound: whether rows, and all that follows from them, are the most that it can be, not what is expected.
    """

    identity: str
    kind: CaptureKind
    columns: tuple[str, ...]
    rows: int
    disk: int
    wal: int
    seconds: float
    locked: float
    back: float
    bound: bool = False


@dataclass(frozen=True, slots=True)
class CaptureEstimate:
    """What all captures of a plan cost together.

    Attributes:
        unmeasured: identities of tables whose size nobody could tell.
    """

    costs: tuple[CaptureCost, ...] = ()
    unmeasured: tuple[str, ...] = ()

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.costs)

    @property
    def disk(self) -> int:
        return sum(one.disk for one in self.costs)

    @property
    def expected_disk(self) -> int:
        """Without what is only a bound."""
        return sum(one.disk for one in self.costs if not one.bound)

    @property
    def wal(self) -> int:
        return sum(one.wal for one in self.costs)

    @property
    def seconds(self) -> float:
        return sum(one.seconds for one in self.costs)

    @property
    def locked(self) -> float:
        """The longest of them: each lets go before the next begins."""
        return max((one.locked for one in self.costs), default=0.0)

    @property
    def back(self) -> float:
        return sum(one.back for one in self.costs)

    @property
    def bound(self) -> bool:
        return any(one.bound for one in self.costs)


_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_DIGITS = 3  # before the next unit is taken


def sized(size: float) -> str:
    """Bytes for a person, in powers of 1024 as PostgreSQL has them: `512 bytes`, `1.4 GB`, `82 MB`."""
    number = float(size)
    for unit in _UNITS:
        if number < 10**_DIGITS or unit == _UNITS[-1]:
            break
        number /= 1024
    whole = unit == _UNITS[0] or round(number, 1) >= 10 ** (_DIGITS - 2)
    return f"{number:.0f} {unit}" if whole else f"{number:.1f} {unit}"
