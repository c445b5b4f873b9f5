"""DROP ... CASCADE: what goes along stands in no file."""

from __future__ import annotations

import re
from collections.abc import Iterator

from haulback.hazards.facts.catalog import catalog, shown
from haulback.hazards.facts.drops import Drop
from haulback.hazards.facts.objects import Objects, objects
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.hazards.wording import listed
from haulback.model.hazard import Level
from haulback.model.schema import SchemaObject
from haulback.pg.catalog import order

_CASCADE = re.compile(r"\s+cascade\s*$", re.IGNORECASE)
# They tell what goes along themselves.
_ELSEWHERE = frozenset({"SCHEMA", "EXTENSION"})
# Nothing that depends on them holds rows.
_WITHOUT_ROWS = frozenset({"VIEW", "MATVIEW", "TRIGGER", "POLICY", "INDEX"})


def _find(reading: Reading) -> Iterator[Found]:
    found = objects(reading)
    for drop in found.drops:
        if not drop.cascade or drop.kind in _ELSEWHERE or found.temporary(drop):
            continue
        dependants = _dependants(reading, drop)
        if dependants != []:
            along = listed(map(shown, dependants or ()))
            yield Found(
                drop.seen,
                f"with {drop.kind.lower().replace('_', ' ')} {drop.signature} "
                + (f"go {along}" if along else "goes whatever depends on it, which stands in no file"),
                subject=drop.name,
                advice="Leave out cascade: the server then names what depends on it, and each can be dropped by name.",
                rewrite=_named(drop, dependants) if dependants and _is_alone(found, drop) else "",
                level=Level.NOTE if drop.kind in _WITHOUT_ROWS else Level.WARN,
            )


def _dependants(reading: Reading, drop: Drop) -> list[SchemaObject] | None:
    """What goes along; None where nobody knows."""
    if reading.known.schema is None or not drop.catalog_kinds:
        return None
    known = catalog(reading.known.schema)
    first = known.find(drop.catalog_kinds, drop.name)
    return known.dependants(first) if first else None


def _is_alone(found: Objects, drop: Drop) -> bool:
    """Whether the statement drops nothing else."""
    commands = drop.seen.node.cmds if drop.command is not None else ()
    return len(commands) < 2 and sum(one.seen is drop.seen for one in found.drops) == 1  # noqa: PLR2004 - one command


def _named(drop: Drop, dependants: list[SchemaObject]) -> str:
    """Each that depends on it dropped by name, then the thing itself."""
    before = [statement.rstrip(";") for one in order.drop_order(dependants) for statement in one.drop]
    return ";\n".join([*before, _CASCADE.sub("", drop.seen.text)]) + ";"


RULE = Rule("drop-cascade", "A drop takes along what depends on it", Family.DESTROYS, Level.WARN, _find)
