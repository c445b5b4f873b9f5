"""DROP CONSTRAINT: the database promises something no more."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.facts.drops import Drop
from haulback.hazards.facts.objects import objects
from haulback.hazards.facts.promises import promises
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level

_PROMISED = {
    "p": "rows are no longer told apart by a key, and foreign keys and `on conflict` that rely on it fail",
    "u": "duplicates come in from then on, and `on conflict` of its columns fails",
    "x": "overlapping rows come in from then on",
    "c": "values that it kept out come in",
    "f": "rows may refer to rows that are not there, and its cascades end",
}
_UNKNOWN = "rows that it kept out come in"


def _find(reading: Reading) -> Iterator[Found]:
    for drop in objects(reading).gone("CONSTRAINT"):
        owner = drop.table or ".".join(drop.name.split(".")[:-1])
        effect = _PROMISED.get(_kind(reading, drop), _UNKNOWN)
        yield Found(
            drop.seen,
            f"the constraint {names.identifier(names.bare(drop.name))} of {owner} goes: {effect}",
            subject=drop.name,
            advice="If another takes its place, make it in the same migration; "
            "rows that come in meanwhile may keep it from coming back.",
        )


def _kind(reading: Reading, drop: Drop) -> str:
    if reading.known.schema is not None:
        found = catalog(reading.known.schema).one("constraint", drop.name)
        if found:
            return str(found.facets.get("type", ""))
    return promises(reading).constraints.get(drop.name, "") or _by_name(names.bare(drop.name))


def _by_name(name: str) -> str:
    """What the names that PostgreSQL chooses say."""
    return next((kind for ending, kind in _ENDINGS.items() if name.endswith(ending)), "")


_ENDINGS = {"_pkey": "p", "_fkey": "f", "_key": "u", "_check": "c", "_excl": "x"}

RULE = Rule(
    "drop-constraint", "A constraint is dropped", Family.SAFETY, Level.WARN, _find, squawk=("ban-drop-constraint",)
)
