"""UPDATE without a condition: the values of every row are overwritten."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.updates import overwriting
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.hazards.wording import listed
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for write, columns in overwriting(reading):
        if write.everywhere:
            yield Found(
                write.seen,
                f"{listed(columns)} of every row of {write.table} is overwritten",
                subject=write.table,
                advice="Say which rows need it, such as those where the value differs; Haulback keeps the old values.",
            )


RULE = Rule("update-without-where", "Every row of a table is overwritten", Family.DESTROYS, Level.WARN, _find)
