"""UPDATE with a condition: values of some rows are overwritten."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.updates import overwriting
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.hazards.wording import listed
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for write, columns in overwriting(reading):
        if not write.everywhere:
            yield Found(
                write.seen,
                f"{listed(columns)} of rows of {write.table} is overwritten",
                subject=write.table,
                advice="Count them in the rehearsal; Haulback keeps the old values.",
            )


RULE = Rule("update-with-where", "Rows of a table are overwritten", Family.DESTROYS, Level.NOTE, _find)
