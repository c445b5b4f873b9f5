"""RENAME of a function: whoever calls it by name breaks at that instant."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.renames import renames
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for one in renames(reading, "FUNCTION", "PROCEDURE", "ROUTINE", "AGGREGATE"):
        yield Found(
            one.seen,
            f"whoever calls {one.old} breaks: it is {one.new} from then on",
            subject=one.old,
            advice="Make the function under its new name and let the old one call it, until no client does.",
        )


RULE = Rule("rename-function", "A function gets another name", Family.CLIENTS, Level.WARN, _find)
