"""DROP EXTENSION: everything that it brought goes."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.catalog import catalog, shown
from haulback.hazards.facts.drops import Drop
from haulback.hazards.facts.objects import objects
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.hazards.wording import listed
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for drop in objects(reading).gone("EXTENSION"):
        yield Found(
            drop.seen,
            f"the extension {drop.name} goes with the types, functions and tables that it brought"
            + _along(reading, drop),
            subject=drop.name,
            advice="Take its types and functions out of use first, and drop it without cascade.",
        )


def _along(reading: Reading, drop: Drop) -> str:
    if reading.known.schema is None:
        return ", and every column of its types with it" if drop.cascade else ""
    known = catalog(reading.known.schema)
    along = [shown(one) for one in known.dependants(known.find(("extension",), drop.name))]
    if not along:
        return ""
    return f", and with it {listed(along)}" if drop.cascade else f"; it fails, since {listed(along)} needs it"


RULE = Rule(
    "drop-extension", "An extension is dropped", Family.DESTROYS, Level.WARN, _find, squawk=("ban-drop-extension",)
)
