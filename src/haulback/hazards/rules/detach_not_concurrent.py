"""DETACH PARTITION without CONCURRENTLY: it needs the whole partitioned table for itself."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import constraints
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.facts.partitions import key, partitions
from haulback.hazards.facts.transactions import outside
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rewrites import parting, writing
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
                " there is a default partition, and leaves a check of the bounds on what was a partition.",
                rewrite=outside(reading, seen, _apart(reading, seen, table, detached)),
            )


def _apart(reading: Reading, seen: Seen, table: str, detached: Node) -> str:
    """Detached, and without the check that the server leaves there; where its name follows from the key."""
    columns = key(reading, table)[1]
    if not columns or len(seen.node.cmds) > 1 or _has_default(reading, table):
        return ""
    partition = writing.relation(detached.name)
    check = constraints.composed(detached.name.relname, columns[0] if len(columns) == 1 else "", "check")
    return writing.several(
        f"{parting.altering(seen)} detach partition {partition} concurrently",
        f"alter table {partition} drop constraint {names.identifier(check)}",
    )


def _has_default(reading: Reading, table: str) -> bool:
    if reading.known.schema is None:
        return False
    found = (catalog(reading.known.schema).one("table", one) for one in partitions(reading, table))
    return any(one is not None and one.facets.get("bound") == "DEFAULT" for one in found)


RULE = Rule(
    "detach-not-concurrent",
    "A partition is detached while readers and writers wait",
    Family.LOCKS,
    Level.NOTE,
    _find,
    squawk=("require-concurrent-partition-detach",),
)
