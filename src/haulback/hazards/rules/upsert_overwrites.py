"""INSERT ... ON CONFLICT DO UPDATE and MERGE: rows that are there already are overwritten."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.writes import Verb, writes
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for write in writes(reading, Verb.UPSERT, Verb.MERGE):
        what = "overwrites or deletes rows" if write.verb is Verb.MERGE else "overwrites rows"
        yield Found(
            write.seen,
            f"the {write.verb} {what} of {write.table} that are there already, also where users changed them",
            subject=write.table,
            advice="Say on conflict do nothing where the rows are only to be there.",
        )


RULE = Rule("upsert-overwrites", "Rows that exist are overwritten by an upsert", Family.DESTROYS, Level.NOTE, _find)
