"""DELETE with a condition: some rows go."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.writes import Verb, referring, writes
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.hazards.wording import listed
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for write in writes(reading, Verb.DELETE):
        if not write.everywhere:
            along = listed(referring(reading, write.table, cascading=True))
            yield Found(
                write.seen,
                f"rows of {write.table} go"
                + (f", and by cascade those of {along} that refer to them" if along else ""),
                subject=write.table,
                advice="Count them in the rehearsal; Haulback keeps what goes in the attic.",
            )


RULE = Rule("delete-with-where", "Rows of a table are deleted", Family.DESTROYS, Level.NOTE, _find)
