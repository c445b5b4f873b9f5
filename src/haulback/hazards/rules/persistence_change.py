"""SET LOGGED and SET UNLOGGED: the table is written anew; an unlogged one is empty after a crash."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.migrations.grammar import enum
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen, table, command in reading.altered("AT_SetLogged", "AT_SetUnLogged"):
        unlogged = enum(command, "subtype") == "AT_SetUnLogged"
        yield Found(
            seen,
            f"nobody reads or writes {table} until it and its indexes are written anew"
            + (", and from then on a crash empties it" if unlogged else ""),
            table=table,
            advice="Make a new table of the wanted kind, fill it in batches, and swap the two by their names.",
        )


RULE = Rule(
    "persistence-change",
    "A table is made logged or unlogged and written anew while everybody waits",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.REWRITE,
)
