"""A foreign key between two tables in use, in a transaction that locks a third one."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.locks import Lock, Mode, by_unit
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level

_PAIR = 2


def _find(reading: Reading) -> Iterator[Found]:
    for taken in by_unit(reading).values():
        for number, pair in _keys(taken).items():
            seen = next(one.seen for one in taken if one.seen.number == number)
            others = sorted({one.table for one in taken if one.mode is Mode.ACCESS_EXCLUSIVE} - pair)
            if len(pair) >= _PAIR and others and not seen.inside:
                yield Found(
                    seen,
                    f"the foreign key locks out writers of {' and '.join(sorted(pair))} while the same transaction"
                    f" has {', '.join(others[:_PAIR])} for itself:"
                    " whoever writes them in another order can end in a deadlock with it",
                    subject=min(pair),
                    advice="Add foreign keys between tables in use in a file of their own, or behind a COMMIT.",
                )


def _keys(taken: list[Lock]) -> dict[int, set[str]]:
    """The tables of each statement that locks another table along, as a foreign key does."""
    found: dict[int, set[str]] = {}
    for one in taken:
        if one.seen.name == "alter_table_stmt":
            found.setdefault(one.seen.number, set()).add(one.table)
    along = {one.seen.number for one in taken if one.mode is Mode.SHARE_ROW_EXCLUSIVE}
    return {number: tables for number, tables in found.items() if number in along}


RULE = Rule(
    "foreign-key-beside-locks",
    "A foreign key between tables in use stands beside locks on other tables",
    Family.DEADLOCKS,
    Level.NOTE,
    _find,
)
