"""RENAME of a view: clients that read it break at that instant."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.renames import renames
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for one in renames(reading, "VIEW", "MATVIEW", "FOREIGN_TABLE"):
        yield Found(
            one.seen,
            f"clients that read {one.old} break: it is {one.new} from then on",
            subject=one.old,
            advice=f"Make a second view under the new name, and drop {names.sql(one.old)} when no client reads it.",
        )


RULE = Rule("rename-view", "A view gets another name", Family.CLIENTS, Level.WARN, _find)
