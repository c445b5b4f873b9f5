"""DROP FUNCTION and its like: whoever calls it breaks."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.objects import objects
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    found = objects(reading)
    for drop in found.gone("FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE"):
        if not found.made(drop.kind, drop.name, after=drop.position):  # with others, it is a changed signature
            yield Found(
                drop.seen,
                f"the {drop.kind.lower()} {drop.signature} goes, and whoever calls it breaks",
                subject=drop.signature,
                advice="Deploy clients that no longer call it first.",
            )


RULE = Rule("drop-function", "A function or procedure is dropped", Family.DESTROYS, Level.WARN, _find)
