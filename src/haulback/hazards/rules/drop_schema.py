"""DROP SCHEMA: with CASCADE everything in it goes."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.catalog import catalog, shown
from haulback.hazards.facts.drops import Drop
from haulback.hazards.facts.objects import objects
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.hazards.wording import listed
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    found = objects(reading)
    for drop in found.drops:
        if drop.kind == "SCHEMA" and not found.temporary(drop):
            yield Found(
                drop.seen,
                f"the schema {drop.name} goes{_contents(reading, drop)}",
                subject=drop.name,
                advice="Drop what is in it by name first, and the schema without cascade.",
                level=Level.WARN if drop.cascade else Level.NOTE,
            )


def _contents(reading: Reading, drop: Drop) -> str:
    if not drop.cascade:
        return "; it must be empty, or the statement fails"
    if reading.known.schema is None:
        return " with everything in it, which nothing here names"
    inside = [
        shown(one)
        for one in reading.known.schema
        if one.parent is None and one.key.identity.startswith(f"{names.sql(drop.name)}.")
    ]
    others = catalog(reading.known.schema).dependants(catalog(reading.known.schema).find(("schema",), drop.name))
    inside += [shown(one) for one in others]
    return f" with {listed(inside)}" if inside else ", and nothing with it"


RULE = Rule("drop-schema", "A schema is dropped", Family.DESTROYS, Level.WARN, _find, squawk=("ban-drop-schema",))
