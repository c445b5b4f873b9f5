"""RENAME COLUMN: queries that name the column break at that instant."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.renames import renames
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for one in renames(reading, "COLUMN", "ATTRIBUTE"):
        yield Found(
            one.seen,
            f"clients that read or write {one.old} break: it is {names.identifier(names.bare(one.new))} from then on",
            subject=one.old,
            advice="Add the new column, keep both the same by a trigger, move the clients, and drop the old one later.",
        )


RULE = Rule(
    "rename-column", "A column gets another name", Family.CLIENTS, Level.WARN, _find, squawk=("renaming-column",)
)
