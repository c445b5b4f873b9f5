"""DISABLE ROW LEVEL SECURITY: whoever may read the table reads every row."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.objects import objects
from haulback.hazards.facts.writes import made_here
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    found = objects(reading)
    for seen, table, _ in reading.altered("AT_DisableRowSecurity"):
        position = found.position(seen)
        enabled = any(
            of == table and found.position(other) > position for other, of, _ in reading.altered("AT_EnableRowSecurity")
        )
        later = table in reading.declared.row_security  # another file switches it on again
        if enabled or later or found.dropped("TABLE", table) or _was_never_on(reading, table, seen):
            continue
        served = names.schema_of(table) in reading.known.exposed
        yield Found(
            seen,
            f"whoever has a grant on {table} reads and writes every row: its policies no longer count"
            + (", and the API serves its schema" if served else ""),
            subject=table,
            advice="Keep row security on, and write a policy for what shall be seen.",
            level=Level.BLOCK if served else Level.WARN,
        )


def _was_never_on(reading: Reading, table: str, seen: Seen) -> bool:
    """A table that this file makes, and leaves open, is for `table-without-row-security`."""
    found = objects(reading)
    on = any(
        of == table and found.position(other) < found.position(seen)
        for other, of, _ in reading.altered("AT_EnableRowSecurity")
    )
    return made_here(reading, table, seen) and not on


RULE = Rule("disable-row-security", "Row security of a table is switched off", Family.SAFETY, Level.BLOCK, _find)
