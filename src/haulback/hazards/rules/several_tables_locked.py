"""Several tables in use locked against everybody in one transaction."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.locks import Mode, by_unit
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level

_MANY, _SHOWN = 10, 5


def _find(reading: Reading) -> Iterator[Found]:
    for taken in by_unit(reading).values():
        strong = [one for one in taken if one.mode is Mode.ACCESS_EXCLUSIVE]
        tables = list(dict.fromkeys(one.table for one in strong))
        if len(tables) > 1:
            second = next(one.seen for one in strong if one.table == tables[1])
            more = f" and {len(tables) - _SHOWN} more" if len(tables) > _SHOWN else ""
            yield Found(
                second,
                f"one transaction locks everybody out of {', '.join(tables[:_SHOWN])}{more}, one after the other:"
                " whoever uses them in another order can end in a deadlock with it",
                subject=tables[0],
                advice="Give each table a file of its own, or a COMMIT between them.",
                level=Level.WARN if len(tables) >= _MANY else None,
            )


RULE = Rule(
    "several-tables-locked",
    "One transaction locks several tables in use against everybody",
    Family.DEADLOCKS,
    Level.NOTE,
    _find,
)
