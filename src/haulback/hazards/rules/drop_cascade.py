"""DROP ... CASCADE: what goes along stands in no file."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.catalog import catalog, shown
from haulback.hazards.drops import Drop
from haulback.hazards.objects import objects
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.hazards.wording import listed
from haulback.model.hazard import Level

# They tell what goes along themselves.
_ELSEWHERE = frozenset({"SCHEMA", "EXTENSION"})
# Nothing that depends on them holds rows.
_WITHOUT_ROWS = frozenset({"VIEW", "MATVIEW", "TRIGGER", "POLICY", "INDEX"})


def _find(reading: Reading) -> Iterator[Found]:
    found = objects(reading)
    for drop in found.drops:
        if not drop.cascade or drop.kind in _ELSEWHERE or found.temporary(drop):
            continue
        along = _along(reading, drop)
        if along != "":
            yield Found(
                drop.seen,
                f"with {drop.kind.lower().replace('_', ' ')} {drop.signature} "
                + (f"go {along}" if along else "goes whatever depends on it, which stands in no file"),
                subject=drop.name,
                advice="Leave out cascade: the server then names what depends on it, and each can be dropped by name.",
                level=Level.NOTE if drop.kind in _WITHOUT_ROWS else Level.WARN,
            )


def _along(reading: Reading, drop: Drop) -> str | None:
    """What goes along; empty where nothing does, None where nobody knows."""
    if reading.known.schema is None or not drop.catalog_kinds:
        return None
    known = catalog(reading.known.schema)
    first = known.find(drop.catalog_kinds, drop.name)
    return listed(shown(one) for one in known.dependants(first)) if first else None


RULE = Rule("drop-cascade", "A drop takes along what depends on it", Family.DESTROYS, Level.WARN, _find)
