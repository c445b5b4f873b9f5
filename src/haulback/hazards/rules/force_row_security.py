"""FORCE ROW LEVEL SECURITY: the owner's functions and migrations see fewer rows, without an error."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.writes import made_here
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen, table, _ in reading.altered("AT_ForceRowSecurity"):
        if not made_here(reading, table, seen):
            yield Found(
                seen,
                f"the owner of {table} is bound by its policies: what runs as the owner, foreign key checks and later "
                "migrations among it, sees and changes only rows that a policy lets through, without an error",
                subject=table,
                advice="Give the owner a policy of its own, or a role with bypassrls the work.",
            )


RULE = Rule("force-row-security", "The owner of a table is bound by its policies", Family.CLIENTS, Level.NOTE, _find)
