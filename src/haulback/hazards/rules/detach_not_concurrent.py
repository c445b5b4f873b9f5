"""DETACH PARTITION without CONCURRENTLY: it needs the whole partitioned table for itself."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names, parting, writing
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen, table, command in reading.altered("AT_DetachPartition"):
        detached = getattr(command, "def").partition_cmd
        partition = names.relation(detached.name)
        if not detached.concurrent and not reading.is_new(table, seen) and not reading.is_new(partition, seen):
            yield Found(
                seen,
                f"detaching {partition} locks out readers and writers of {table} and all its partitions"
                " until the transaction ends",
                subject=partition,
                advice="DETACH PARTITION ... CONCURRENTLY waits without keeping anybody waiting; it is refused where"
                " there is a default partition.",
                rewrite=_apart(seen, detached),
            )


def _apart(seen: Seen, detached: Node) -> str:
    return writing.several(f"{parting.altering(seen)} detach partition {writing.relation(detached.name)} concurrently")


RULE = Rule(
    "detach-not-concurrent",
    "A partition is detached while readers and writers wait",
    Family.LOCKS,
    Level.NOTE,
    _find,
    squawk=("require-concurrent-partition-detach",),
)
