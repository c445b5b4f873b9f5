"""DROP VIEW: whoever reads it breaks."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.objects import objects
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for drop in objects(reading).gone("VIEW"):
        yield Found(
            drop.seen,
            f"the view {drop.name} goes, and whoever reads it breaks",
            subject=drop.name,
            advice="Deploy clients that no longer read it first.",
        )


RULE = Rule("drop-view", "A view is dropped", Family.CLIENTS, Level.WARN, _find, squawk=("ban-drop-view",))
