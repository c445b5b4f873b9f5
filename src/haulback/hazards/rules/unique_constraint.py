"""A unique constraint added without USING INDEX: its index is built while nobody gets at the table."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.partitions import is_partitioned
from haulback.hazards.facts.transactions import outside
from haulback.hazards.reading import Reading
from haulback.hazards.rewrites import unique
from haulback.hazards.rewrites.added import added
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for one in added(reading, "CONSTR_UNIQUE"):
        if one.constraint.indexname:
            continue
        partitioned = is_partitioned(reading, one.table)
        plain = not partitioned and not one.constraint.without_overlaps
        yield Found(
            one.seen,
            f"nobody reads or writes {one.table} until the index of {one.name(reading)} is built",
            table=one.table,
            subject=f"{one.table}.{one.name(reading)}",
            advice=""
            if plain
            else "A partitioned table takes no USING INDEX: add the constraint to each partition"
            " from an index built CONCURRENTLY, then to the partitioned table, which takes those over.",
            rewrite=outside(reading, one.seen, unique.apart(reading, one, "CONSTR_UNIQUE")) if plain else "",
        )


RULE = Rule(
    "unique-constraint",
    "A unique constraint builds its index while everybody waits",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.BUILD,
    squawk=("disallowed-unique-constraint",),
)
