"""The rehearsal saw an object go that no statement of the files names: a cascade, or code, took it along."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level
from haulback.model.schema import ObjectKey, Schema

# They live and die with their table or column, and are no surprise.
_PARTS = frozenset({"default", "membership", "statistics"})


def _find(reading: Reading) -> Iterator[Found]:
    rehearsal = reading.known.rehearsal
    first = next(iter(reading.statements), None)
    if rehearsal is None or first is None or not reading.is_last:
        return
    gone = set(rehearsal.difference.dropped)
    for key in rehearsal.difference.dropped:
        if key.kind in _PARTS or _parent_gone(key, rehearsal.before, gone):
            continue
        if names.bare(key.identity.partition("(")[0]).lower() not in reading.declared.text:
            yield Found(
                first,
                f"{key.kind.replace('_', ' ')} {names.of_catalog(key.identity)} goes with something else; "
                "no file names it",
                subject=names.of_catalog(key.identity),
                advice="Drop it by name, or make it again, so that whoever reads the file sees what goes.",
            )


def _parent_gone(key: ObjectKey, before: Schema, gone: set[ObjectKey]) -> bool:
    parent = before.objects[key].parent if key in before.objects else None
    return parent is not None and (parent in gone or _parent_gone(parent, before, gone))


RULE = Rule(
    "dropped-along",
    "An object that no file names is dropped",
    Family.DESTROYS,
    Level.WARN,
    _find,
    measured=True,
)
