"""DROP SEQUENCE: the last number goes."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.objects import objects
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    found = objects(reading)
    for drop in found.drops:
        if drop.kind != "SEQUENCE" or found.temporary(drop):
            continue
        after = (
            "the new one of its name counts from the start again"
            if found.made_again(drop)
            else "whoever draws numbers from it breaks"
        )
        yield Found(
            drop.seen,
            f"the sequence {drop.name} goes with its last number, and {after}",
            subject=drop.name,
            advice="Alter the sequence in place of making it anew, or drop it after the last client that uses it.",
        )


RULE = Rule("drop-sequence", "A sequence is dropped", Family.DESTROYS, Level.WARN, _find, squawk=("ban-drop-sequence",))
