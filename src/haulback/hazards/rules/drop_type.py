"""DROP TYPE and DROP DOMAIN: whoever names the type breaks."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.objects import objects
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for drop in objects(reading).gone("TYPE", "DOMAIN"):
        what = drop.kind.lower()
        uses = "the columns of it go, too" if drop.cascade else "a column that still has it makes the statement fail"
        yield Found(
            drop.seen,
            f"the {what} {drop.name} goes: {uses}, and clients that cast to it break",
            subject=drop.name,
            advice="Drop it in a later deployment than the last use of it.",
        )


RULE = Rule(
    "drop-type",
    "A type or domain is dropped",
    Family.DESTROYS,
    Level.WARN,
    _find,
    squawk=("ban-drop-type", "ban-drop-domain"),
)
