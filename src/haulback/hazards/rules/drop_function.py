"""DROP FUNCTION and its like: whoever calls it breaks."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.catalog import catalog
from haulback.hazards.facts.drops import Drop
from haulback.hazards.facts.objects import objects
from haulback.hazards.facts.promises import promises
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    found = objects(reading)
    for drop in found.gone("FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE"):
        if found.made(drop.kind, drop.name, after=drop.position):
            continue  # with other arguments: a changed signature
        of_trigger = not drop.cascade and _of_trigger(reading, drop)
        yield Found(
            drop.seen,
            f"the {drop.kind.lower()} {drop.signature} goes, and "
            + ("a trigger that still calls it makes the statement fail" if of_trigger else "whoever calls it breaks"),
            subject=drop.signature,
            advice="Drop the trigger first." if of_trigger else "Deploy clients that no longer call it first.",
            level=Level.NOTE if of_trigger else Level.WARN,
        )


def _of_trigger(reading: Reading, drop: Drop) -> bool:
    """Only triggers call such a function, and the server knows all of them."""
    if drop.name in promises(reading).trigger_functions:
        return True
    schema = reading.known.schema
    held = catalog(schema).find(("function",), drop.name) if schema else []
    return bool(held) and all("RETURNS trigger" in str(one.facets.get("definition", "")) for one in held)


RULE = Rule(
    "drop-function",
    "A function or procedure is dropped",
    Family.DESTROYS,
    Level.WARN,
    _find,
    squawk=("ban-drop-function",),
)
