"""CLUSTER: the table is written anew in the order of an index."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("cluster_stmt"):
        table = names.relation(seen.node.relation) if seen.node.HasField("relation") else ""
        yield Found(
            seen,
            f"nobody reads or writes {table or 'any table that was clustered before'} until it is written anew",
            table=table,
            advice="Take it out of the migration: pg_repack does the same beside readers and writers.",
        )


RULE = Rule(
    "cluster",
    "A table is clustered and written anew while everybody waits",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.REWRITE,
    squawk=("prefer-repack",),
)
