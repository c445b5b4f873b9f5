"""ALTER COLUMN TYPE to one that does not hold every value: values are refused, cut or rounded."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.type_changes import type_changes
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for one in type_changes(reading):
        if one.loss:
            sure = f" instead of {one.old}" if one.old else "; unless it holds no more today"
            yield Found(
                one.seen,
                f"{one.column} becomes {one.new}{sure}: {one.loss}, "
                "and clients that write such values fail or lose them",
                subject=one.column,
                advice="Count the values that do not fit first; Haulback keeps the old ones.",
                level=Level.WARN if one.old else Level.NOTE,
            )


RULE = Rule("narrowed-type", "A column's type holds less than before", Family.DESTROYS, Level.WARN, _find)
