"""DROP NOT NULL: readers meet nulls."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.filled import is_new_column, may_be_null
from haulback.hazards.facts.objects import objects
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen, table, command in reading.altered("AT_DropNotNull"):
        name = f"{table}.{names.dotted(command.name)}"
        if (
            not is_new_column(reading, table, command.name, seen)
            and not may_be_null(reading, table, command.name)
            and not objects(reading).dropped("COLUMN", name)
        ):
            yield Found(
                seen,
                f"clients that read {name} may meet null, and once there is one, not null does not come back by itself",
                subject=name,
                advice="Deploy clients that understand null first.",
            )


RULE = Rule(
    "drop-not-null",
    "A column that always had a value may be null",
    Family.CLIENTS,
    Level.NOTE,
    _find,
    squawk=("ban-drop-not-null",),
)
