"""DROP COLUMN: its values go, with the indexes and constraints that hold it."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.catalog import catalog, shown
from haulback.hazards.facts.drops import Drop
from haulback.hazards.facts.objects import objects
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.hazards.wording import listed
from haulback.migrations.grammar import enum
from haulback.model.hazard import Level

# What the server drops with a column without being told CASCADE.
_ALONG = frozenset({"index", "constraint", "statistics"})


def _find(reading: Reading) -> Iterator[Found]:
    found = objects(reading)
    for drop in found.drops:
        if drop.kind != "COLUMN" or found.temporary(drop):
            continue
        what = "attribute" if enum(drop.seen.node, "objtype") == "OBJECT_TYPE" else "column"
        after = "a new one takes its name" if found.made_again(drop) else "whoever reads or writes it breaks"
        yield Found(
            drop.seen,
            f"the {what} {drop.name} goes with its values, and {after}{_along(reading, drop)}",
            subject=drop.name,
            advice="Deploy clients that no longer use it first; Haulback keeps the values in the attic.",
        )


def _along(reading: Reading, drop: Drop) -> str:
    if reading.known.schema is None:
        return ""
    known = catalog(reading.known.schema)
    column = known.one("column", drop.name)
    along = known.dependants([column]) if column else ()
    names = [shown(one) for one in along if one.key.kind in _ALONG and one.parent == (column and column.parent)]
    return f"; with it go {listed(names)}" if names else ""


RULE = Rule("drop-column", "A column is dropped", Family.DESTROYS, Level.WARN, _find, squawk=("ban-drop-column",))
