"""How long others would be kept out, from the size of the table. Pure.

The rates are for cached data on two modest cores (tables of about 100 bytes a row with two indexes; capture.md of the
design): 1 M rows, about 180 MB with indexes, are rewritten in 1.5 s, 10 M rows (1 GB) are scanned in 0.6 s, an index
over 1 M rows is built in about 0.5 s. A cold or busy server is slower: the estimate says when to think, not how long
to wait.
"""

from __future__ import annotations

from haulback.hazards.rule import Work
from haulback.model.hazard import Level, TableSize

_REWRITTEN, _SCANNED, _BUILT = 120e6, 1.5e9, 200e6  # bytes a second
_BYTES_A_ROW, _INDEX_BYTES_A_ROW = 100, 80  # of a table of unknown width

NOTEWORTHY = 0.1  # of the budget: below it nobody would see the wait


def assumed(rows: int) -> TableSize:
    """The size of a table of which only the rows are supposed."""
    return TableSize(rows, rows * _BYTES_A_ROW, rows * _INDEX_BYTES_A_ROW)


def seconds(work: Work, size: TableSize) -> float:
    """How long the work keeps others out."""
    match work:
        case Work.SCAN:
            return size.heap / _SCANNED
        case Work.BUILD:
            return size.heap / _BUILT
        case Work.REWRITE:
            return (size.heap + size.indexes) / _REWRITTEN


def level(held: float, budget: float) -> Level:
    """What a lock of so many seconds is, against the lock budget."""
    if held > budget:
        return Level.BLOCK
    return Level.WARN if held > budget * NOTEWORTHY else Level.NOTE
