"""An exclusion constraint: its index is built, row by row against the others, while nobody gets at the table."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.reading import Reading
from haulback.hazards.rewrites.added import added
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for one in added(reading, "CONSTR_EXCLUSION"):
        yield Found(
            one.seen,
            f"nobody reads or writes {one.table} until every row is compared for {one.name(reading)}"
            " and its index is built",
            table=one.table,
            subject=f"{one.table}.{one.name(reading)}",
            advice="PostgreSQL builds it in no other way: make a new table that has it and move the rows over in"
            " batches, or deploy in maintenance mode.",
        )


RULE = Rule(
    "exclusion-constraint",
    "An exclusion constraint builds its index while everybody waits",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.BUILD,
)
