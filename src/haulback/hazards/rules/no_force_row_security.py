"""NO FORCE ROW LEVEL SECURITY: the table's owner is above its policies again."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.objects import objects
from haulback.hazards.facts.writes import made_here
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    found = objects(reading)
    for seen, table, _ in reading.altered("AT_NoForceRowSecurity"):
        again = any(
            of == table and found.position(other) > found.position(seen)
            for other, of, _ in reading.altered("AT_ForceRowSecurity")
        )
        if not again and not made_here(reading, table, seen):
            yield Found(
                seen,
                f"the owner of {table}, its security definer functions and views included, is above its policies",
                subject=table,
                advice="Keep it forced where functions or views of the owner answer to clients.",
            )


RULE = Rule(
    "no-force-row-security", "The owner of a table is above its policies again", Family.SAFETY, Level.WARN, _find
)
