"""DROP INDEX without CONCURRENTLY: it waits for every reader of the table, and everybody waits behind it."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.facts.partitions import is_partitioned
from haulback.hazards.facts.transactions import outside
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rewrites import writing
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import enum
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("drop_stmt"):
        if enum(seen.node, "remove_type") != "OBJECT_INDEX" or seen.node.concurrent:
            continue
        listed = [names.words(one.list.items) for one in seen.node.objects]
        indexes = [names.qualified(one) for one in listed]
        lasting = [one for one in indexes if not _harmless(reading, seen, one)]
        if lasting:
            yield Found(
                seen,
                f"dropping {', '.join(lasting)} locks out readers and writers of the table until the transaction ends",
                subject=lasting[0],
                advice="DROP INDEX CONCURRENTLY waits without keeping anybody waiting.",
                rewrite=outside(reading, seen, _apart(seen, listed)),
            )


def _apart(seen: Seen, listed: list[list[str]]) -> str:
    if enum(seen.node, "behavior") == "DROP_CASCADE":
        return ""
    exists = "if exists " if seen.node.missing_ok else ""
    dropped = (".".join(map(names.identifier, one)) for one in listed)
    return writing.several(*(f"drop index concurrently {exists}{one}" for one in dropped))


def _harmless(reading: Reading, seen: Seen, index: str) -> bool:
    """Whether the index is of a table that this file makes, or of a partitioned one, which takes no CONCURRENTLY."""
    for one in reading.of("index_stmt"):
        if one.number < seen.number and names.bare(index) == one.node.idxname:
            return reading.is_new(names.relation(one.node.relation), seen)
    if reading.known.schema is None:
        return False
    known = catalog(reading.known.schema).one("index", index)
    table = names.of_catalog(known.parent.identity) if known and known.parent else ""
    return bool(table and is_partitioned(reading, table))


RULE = Rule(
    "drop-index-not-concurrent",
    "An index is dropped while readers and writers wait",
    Family.LOCKS,
    Level.NOTE,
    _find,
    squawk=("require-concurrent-index-deletion",),
)
