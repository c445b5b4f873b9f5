"""DELETE without a condition: every row goes."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.writes import Verb, referring, writes
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.hazards.wording import listed
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for write in writes(reading, Verb.DELETE):
        if write.everywhere:
            along = listed(referring(reading, write.table, cascading=True))
            yield Found(
                write.seen,
                f"every row of {write.table} goes"
                + (f", and by cascade those of {along} that refer to it" if along else ""),
                subject=write.table,
                advice="Say which rows are meant; Haulback keeps what goes in the attic.",
            )


RULE = Rule("delete-without-where", "Every row of a table is deleted", Family.DESTROYS, Level.WARN, _find)
