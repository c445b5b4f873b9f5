"""SET ACCESS METHOD: the table is written anew in another storage format."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen, table, command in reading.altered("AT_SetAccessMethod"):
        yield Found(
            seen,
            f"nobody reads or writes {table} until it is written anew as {command.name or 'the default access method'}",
            table=table,
            advice="Make a new table with the access method, fill it in batches, and swap the two by their names.",
        )


RULE = Rule(
    "access-method-change",
    "A table changes its access method and is written anew while everybody waits",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.REWRITE,
)
