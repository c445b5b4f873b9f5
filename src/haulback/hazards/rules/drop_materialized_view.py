"""DROP MATERIALIZED VIEW: its readers break, and making it again costs its whole query."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.objects import objects
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for drop in objects(reading).gone("MATVIEW"):
        yield Found(
            drop.seen,
            f"the materialized view {drop.name} goes, and whoever reads it breaks; "
            "to bring it back its query must run as a whole",
            subject=drop.name,
            advice="Deploy clients that no longer read it first.",
        )


RULE = Rule("drop-materialized-view", "A materialized view is dropped", Family.DESTROYS, Level.WARN, _find)
