"""RENAME of a type: casts by its name break."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.renames import renames
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for one in renames(reading, "TYPE", "DOMAIN"):
        yield Found(
            one.seen,
            f"whoever casts to {one.old} breaks: it is {one.new} from then on",
            subject=one.old,
            advice="Let a domain bear the old name until nobody casts to it.",
        )


RULE = Rule("rename-type", "A type gets another name", Family.CLIENTS, Level.WARN, _find)
