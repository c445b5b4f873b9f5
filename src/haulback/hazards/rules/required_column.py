"""SET NOT NULL on a column without a default: clients that leave it out can insert no more."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.filled import is_filled, may_be_null
from haulback.hazards.facts.promises import promises
from haulback.hazards.facts.writes import made_here
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen, table, command in reading.altered("AT_SetNotNull"):
        filled = is_filled(reading, table, command.name)
        if filled or may_be_null(reading, table, command.name) is False or made_here(reading, table, seen):
            continue
        triggered = table in promises(reading).filling_triggers
        unless = (
            (", unless a trigger fills it" if triggered else "") if filled is False else ", unless it has a default"
        )
        yield Found(
            seen,
            f"inserts that leave {command.name} of {table} out fail from then on, and so do writes of null{unless}",
            subject=f"{table}.{names.dotted(command.name)}",
            advice="Set a default first, or see that every client that is deployed writes the column.",
            level=Level.WARN if filled is False and not triggered else Level.NOTE,
        )


RULE = Rule("required-column", "A column without a default becomes not null", Family.CLIENTS, Level.NOTE, _find)
