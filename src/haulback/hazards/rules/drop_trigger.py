"""DROP TRIGGER: what it did is done no more."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.objects import objects
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for drop in objects(reading).gone("TRIGGER"):
        yield Found(
            drop.seen,
            f"the trigger {names.identifier(names.bare(drop.name))} of {drop.table} goes: "
            "what it did on a write is done no more",
            subject=drop.name,
            advice="See that clients do what it did, or need it no more.",
        )


RULE = Rule("drop-trigger", "A trigger is dropped", Family.CLIENTS, Level.WARN, _find)
