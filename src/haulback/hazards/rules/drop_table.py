"""DROP TABLE: rows go, and clients that read them break."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.objects import objects
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    found = objects(reading)
    for drop in found.drops:
        if drop.kind != "TABLE" or found.temporary(drop):
            continue
        after = "another takes its name" if found.made_again(drop) else "whoever reads it breaks"
        yield Found(
            drop.seen,
            f"the table {drop.name} goes with its rows, and {after}",
            subject=drop.name,
            advice="Deploy clients that no longer use it first; Haulback keeps the rows in the attic.",
        )


RULE = Rule("drop-table", "A table is dropped", Family.DESTROYS, Level.WARN, _find, squawk=("ban-drop-table",))
