"""Lines up columns for a person."""

from __future__ import annotations

from collections.abc import Sequence

from haulback.report.plain import plain

_WIDEST = 48  # a column that is wider on one line does not push all the others away


def aligned(rows: Sequence[Sequence[object]], indent: str = "  ") -> list[str]:
    """Lines of cells two spaces apart; the last column is as long as it is."""
    cells = [[plain(cell) for cell in row] for row in rows]
    count = max((len(row) for row in cells), default=0)
    widths = [min(_WIDEST, max(len(row[i]) for row in cells if len(row) > i)) for i in range(count)]
    return [
        (indent + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False))).rstrip()
        for row in cells
    ]
