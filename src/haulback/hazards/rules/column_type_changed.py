"""ALTER COLUMN TYPE that loses nothing: clients read and bind another type."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.type_changes import type_changes
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for one in type_changes(reading):
        if not one.loss and one.is_noticed:
            instead = f" instead of {one.old}" if one.old else ""
            yield Found(
                one.seen,
                f"clients read {one.column} as {one.new}{instead} from then on, and prepared statements that return it "
                "fail once",
                subject=one.column,
                advice="See how each client reads the new type; some hand a bigint or numeric over as text.",
            )


RULE = Rule("column-type-changed", "Clients meet another type of a column", Family.CLIENTS, Level.NOTE, _find)
