"""SET DEFAULT on a column that was there: clients that leave it out store something else."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.filled import is_new_column
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen, table, command in reading.altered("AT_ColumnDefault"):
        if command.HasField("def") and not is_new_column(reading, table, command.name, seen):
            name = f"{table}.{names.dotted(command.name)}"
            yield Found(
                seen,
                f"clients that leave {name} out store another value from then on; rows that exist keep theirs",
                subject=name,
                advice="See what reads the column, and whether rows that exist shall change, too.",
            )


RULE = Rule("default-changed", "The default of an existing column changes", Family.CLIENTS, Level.NOTE, _find)
