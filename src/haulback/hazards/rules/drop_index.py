"""DROP INDEX: queries become slow, and a unique one keeps duplicates out no more."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.facts.drops import Drop
from haulback.hazards.facts.objects import Objects, objects
from haulback.hazards.facts.promises import promises
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    found = objects(reading)
    told = promises(reading)
    for drop in found.gone("INDEX"):
        table = told.index_tables.get(drop.name)
        if (table and found.dropped("TABLE", table)) or _went_with_its_constraint(found, drop):
            continue
        unique = _unique(reading, drop)
        effect = {
            True: "duplicates come in from then on, and `on conflict` of its columns fails",
            False: "queries that use it become slow",
            None: "queries that use it become slow; were it unique, duplicates come in",
        }[unique]
        yield Found(
            drop.seen,
            f"the index {drop.name} goes: {effect}",
            subject=drop.name,
            advice="Look at its use in pg_stat_user_indexes over some weeks, on every replica, before it goes.",
            level=Level.WARN if unique else Level.NOTE,
        )


def _went_with_its_constraint(found: Objects, drop: Drop) -> bool:
    name = names.bare(drop.name)
    return any(one.kind == "CONSTRAINT" and names.bare(one.name) == name for one in found.drops)


def _unique(reading: Reading, drop: Drop) -> bool | None:
    if reading.known.schema is not None:
        found = catalog(reading.known.schema).one("index", drop.name)
        if found:
            return "CREATE UNIQUE INDEX" in str(found.facets.get("definition", ""))
    return promises(reading).unique_indexes.get(drop.name)


RULE = Rule("drop-index", "An index is dropped", Family.DESTROYS, Level.NOTE, _find)
