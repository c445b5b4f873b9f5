"""TRUNCATE ... CASCADE: tables that the statement does not name are emptied, too."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.writes import made_here, referring
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.hazards.wording import listed
from haulback.migrations.grammar import enum
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("truncate_stmt"):
        if enum(seen.node, "behavior") != "DROP_CASCADE":
            continue
        named = [names.relation(one.range_var) for one in seen.node.relations]
        held = [one for one in named if not made_here(reading, one, seen)]
        along = {other for one in held for other in referring(reading, one, cascading=False)} - set(named)
        if along or (held and reading.known.schema is None):
            reached = listed(sorted(along)) if along else "every table that refers to it"
            yield Found(
                seen,
                f"with {listed(held)} the rows of {reached} go, near and far, "
                "also where a foreign key says nothing of cascades",
                subject=held[0],
                advice="Name every table that shall be emptied, and leave out cascade.",
            )


RULE = Rule(
    "truncate-cascade",
    "Tables that a truncate does not name are emptied along",
    Family.DESTROYS,
    Level.WARN,
    _find,
    squawk=("ban-truncate-cascade",),
)
