"""What the captures of a plan would cost, from the sizes of the tables. Pure.

Bytes follow from the layout of PostgreSQL's pages (Database Page Layout, B-Tree Structure). Seconds and WAL were
measured on two modest cores with cached data and tables of about 100 bytes a row: ten million rows are copied in 6.0 s
and get their key in 3.8 s. A cold or busy server is slower: the estimate says what to expect, not when it is over.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import ceil, floor

from haulback.capture import filling
from haulback.model.capture import CaptureKind, CapturePlan, PlannedCopy
from haulback.model.capture_cost import CaptureCost, CaptureEstimate, ExpectedChanges, TableExtent

_PAGE, _PAGE_USED = 8192, 8168  # bytes: of a page, and what its header leaves
_ROW = 24  # bytes of a row's header
_LINE = 4  # bytes of the pointer to a row or entry
_ENTRY = 8  # bytes of an index entry's header
_KEY = 16  # bytes of a key of unknown width
_INDEX_FILLED = 0.9  # of a page, by CREATE INDEX
_OUT_OF_LINE = 2032  # bytes of a row, above which values move out of line
_CHUNKS = 1.08  # what lies out of line comes in chunks with a header each, and an index over them
_SMALL = 64 * 1024**2  # bytes: below it a copy is made in one piece, and compared under the lock

_ROWS_A_SECOND, _BYTES_A_SECOND = 1.6e6, 170e6  # copied
_KEYS_A_SECOND = 2.6e6  # sorted and indexed
_WAL_A_ROW = 25  # bytes besides the row itself
_NOTED_A_SECOND = 1e6  # rows that the triggers note; DELETE of 1 M rows took 1.1 s longer, UPDATE 2.8 s
_FILLED_A_SECOND = 1.4e5  # rows written back
_NOTE = 40  # bytes that a changed row takes in the log besides its values
_CHECKED_A_SECOND = 1e6  # rows summed once before they come back, and looked up in their parents after
_MOVING = 0.05  # seconds: what depends on it is asked of the catalogs
_COMPARED, _DELTA, _ARMED = 0.1, 0.008, 0.005  # seconds: 64 MB under the lock, the last changes, putting triggers on


def estimate(
    plan: CapturePlan,
    extents: Mapping[str, TableExtent],
    share: float = 0.5,
    changed: Mapping[str, ExpectedChanges] | None = None,
) -> CaptureEstimate:
    """What the plan costs on tables of these extents.

    Args:
        plan: what is kept.
        extents: by identity; a table that has none is `unmeasured`.
        share: of the time that a copy of a large table works; the rest it pauses.
        changed: what the statements are expected to change, by identity; a table that is not there may change as a
            whole.
    """
    expected = changed or {}
    costs = [_copied(one, extents[one.identity], share) for one in plan.copies if one.identity in extents]
    costs += [_moved(extents[one]) for one in plan.moves if one in extents]
    costs += [_changed(extents[one], expected.get(one)) for one in plan.changes if one in extents]
    wanted = dict.fromkeys((*(one.identity for one in plan.copies), *plan.moves, *plan.changes))
    return CaptureEstimate(tuple(costs), tuple(one for one in wanted if one not in extents))


def _copied(planned: PlannedCopy, table: TableExtent, share: float) -> CaptureCost:
    rows = ceil(table.rows)
    found = (*table.key, *table.users)
    if table.widths:
        heap = heap_bytes(rows, _width(table, (*found, *planned.parts) if planned.parts else tuple(table.widths)))
        index = index_bytes(rows, _width(table, table.key))
        # What a change of type makes of the values is kept as well, under the lock that the change holds anyway; only
        # its own transaction tells whether it can be computed later.
        became = heap_bytes(rows, _width(table, (*found, *planned.changed))) if planned.changed else 0
    else:
        # Nobody may see how wide the columns are: the table itself is the most that a part of it can be.
        heap, index = table.heap + table.toast, index_bytes(rows, _KEY)
        became = heap if planned.changed else 0
    small = table.heap <= _SMALL
    copying = max(rows / _ROWS_A_SECOND, heap / _BYTES_A_SECOND) / (1.0 if small else share)
    return CaptureCost(
        identity=table.identity,
        kind=CaptureKind.COPIED_COLUMNS if planned.parts else CaptureKind.COPIED_TABLE,
        columns=planned.parts,
        rows=rows,
        disk=heap + index + became,
        wal=heap + index + became + rows * _WAL_A_ROW * (2 if became else 1),
        seconds=copying + rows / _KEYS_A_SECOND,
        locked=_DELTA
        + (table.heap / _SMALL * _COMPARED if small else 0.0)
        + (rows / _ROWS_A_SECOND if became else 0.0),
        back=_back(rows),
        bound=bool(rows) and not table.widths,
    )


def _moved(table: TableExtent) -> CaptureCost:
    """Nothing is written, whatever the size: it is the same table. Going back its foreign keys read all rows again."""
    rows = ceil(table.rows)
    return CaptureCost(
        identity=table.identity,
        kind=CaptureKind.MOVED_TABLE,
        columns=(),
        rows=rows,
        disk=0,
        wal=0,
        seconds=_MOVING,
        locked=_MOVING,
        back=_MOVING + rows / _CHECKED_A_SECOND,
    )


def _changed(table: TableExtent, expected: ExpectedChanges | None) -> CaptureCost:
    """Of an updated row what changed, before and after; of one that goes or comes, the row."""
    whole = sum(table.widths.values()) if table.widths else (table.heap + table.toast) / max(table.rows, 1.0)
    if expected is None:
        rows = ceil(table.rows)
        disk = heap_bytes(rows, _NOTE + 2 * whole)
    else:
        updated = ceil(min(expected.updated, table.rows))
        others = ceil(min(expected.removed, table.rows) + expected.added)
        rows = updated + others
        changed = _width(table, table.key) + 2 * min(expected.width, whole)
        disk = heap_bytes(updated, _NOTE + changed) + heap_bytes(others, _NOTE + whole)
    return CaptureCost(
        identity=table.identity,
        kind=CaptureKind.CHANGED_ROWS,
        columns=(),
        rows=rows,
        disk=disk,
        wal=disk + rows * _WAL_A_ROW,
        seconds=max(rows / _NOTED_A_SECOND, disk / _BYTES_A_SECOND),
        locked=_ARMED,
        back=_back(rows),
        bound=bool(rows) and expected is None,
    )


def _width(table: TableExtent, names: Iterable[str]) -> float:
    """Bytes of these columns' values in a row, each counted once."""
    return sum(table.widths.get(name, 0.0) for name in dict.fromkeys(names))


def heap_bytes(rows: int, width: float) -> int:
    """Bytes of a fresh table whose rows hold values of `width` bytes together."""
    row = _aligned(_ROW + width) + _LINE
    if row > _OUT_OF_LINE:
        return ceil(rows * row * _CHUNKS / _PAGE) * _PAGE
    return ceil(rows / floor(_PAGE_USED / row)) * _PAGE


def index_bytes(rows: int, width: float) -> int:
    """Bytes of a fresh unique B-tree over keys of `width` bytes; its first page holds no rows."""
    a_page = floor(_PAGE_USED * _INDEX_FILLED / (_ENTRY + _aligned(width) + _LINE))
    leaves = ceil(rows / max(a_page, 1))
    return (1 + leaves + ceil(leaves / max(a_page, 2))) * _PAGE


def _aligned(size: float) -> int:
    return ceil(size / 8) * 8


def _back(rows: int) -> float:
    return rows / _FILLED_A_SECOND + floor(rows / filling.BATCH) * filling.PAUSE
