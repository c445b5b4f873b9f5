"""Rows written, then the same table locked against everybody, in one transaction."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.locks import Mode, locks, writes
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    held: dict[tuple[int, str], int] = {}
    written = list(writes(reading))
    for one in locks(reading):
        first = held.setdefault((one.seen.unit, one.table), one.order)
        if one.mode is not Mode.ACCESS_EXCLUSIVE or first != one.order:
            continue
        for write in written:
            if write.table == one.table and write.seen.unit == one.seen.unit and write.order < one.order:
                yield Found(
                    one.seen,
                    f"this needs {one.table} for itself after line {write.seen.line} wrote rows of it:"
                    " a session that wrote the table and waits for one of those rows ends in a deadlock with it",
                    subject=one.table,
                    advice="Put a COMMIT between them, or the rows in a file of their own.",
                )
                break


RULE = Rule(
    "lock-upgraded",
    "Rows are written before the same transaction locks their table against everybody",
    Family.DEADLOCKS,
    Level.WARN,
    _find,
)
