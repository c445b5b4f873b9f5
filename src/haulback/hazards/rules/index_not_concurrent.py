"""CREATE INDEX without CONCURRENTLY: writers wait until the index is built."""

from __future__ import annotations

import re
from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import constraints, partitions
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.facts.ending import ended
from haulback.hazards.facts.transactions import outside
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rewrites import writing
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.migrations import grammar
from haulback.migrations.grammar import Node
from haulback.model.hazard import Level

_INDEX = re.compile(r"\bindex\b", re.IGNORECASE)


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("index_stmt"):
        node = seen.node
        if node.concurrent:
            continue
        table = names.relation(node.relation)
        partitioned = partitions.is_partitioned(reading, table)
        if not node.relation.inh and partitioned is not False:
            continue  # ON ONLY a partitioned table: nothing is built
        told = f"every write to {table} waits until the index {node.idxname or 'without a name'} is built"
        if partitioned:
            yield Found(
                seen,
                f"{told} on all its partitions",
                table=table,
                advice="A partitioned table takes no CONCURRENTLY: make the index ON ONLY the table, build one"
                " CONCURRENTLY on each partition, and attach them.",
                rewrite=outside(reading, seen, _one_by_one(reading, seen, table)),
            )
        else:
            rewrite = ended(_concurrently(seen.text))
            yield Found(seen, told, table=table, rewrite=outside(reading, seen, rewrite))


def _concurrently(text: str) -> str:
    """The statement with the one word more; a comment before the word INDEX may hold that word, too."""
    blank = text
    for one in grammar.comments(text):
        blank = blank.replace(one, " " * len(one), 1)
    found = _INDEX.search(blank)
    return f"{text[: found.end()]} concurrently{text[found.end() :]}" if found else text


def _one_by_one(reading: Reading, seen: Seen, table: str) -> str:
    """The index of the parent, empty, then that of each partition; none where a partition has partitions."""
    listed = partitions.partitions(reading, table)
    if not listed or not seen.node.idxname or any(partitions.is_partitioned(reading, one) for one in listed):
        return ""
    if seen.node.index_including_params or any(one.index_elem.HasField("expr") for one in seen.node.index_params):
        return ""  # the names that the server gives to those of the partitions are not known
    if any(_has_one(reading, one) or _name(seen, one) in _taken(reading, one) for one in listed):
        return ""
    parent = _copy(seen)
    parent.relation.inh = False
    statements = [writing.statement(parent)]
    for one in listed:
        part = _copy(seen)
        part.concurrent = True
        part.relation.schemaname, part.relation.relname = names.parts(one)
        part.idxname = _name(seen, one)
        attached = writing.columns([part.idxname])
        schema = names.identifier(names.schema_of(one))
        attach = f"alter index {_index(seen)} attach partition {schema}.{attached}"
        statements += [writing.statement(part), attach]
    return writing.several(*statements)


def _name(seen: Seen, partition: str) -> str:
    """As the server calls the index of a partition."""
    return constraints.composed(names.bare(partition), "_".join(_columns(seen)), "idx")


def _taken(reading: Reading, partition: str) -> frozenset[str]:
    return constraints.relations(reading, names.schema_of(partition))


def _has_one(reading: Reading, partition: str) -> bool:
    """Whether a partition has an index of its own, which the server would take instead of building another."""
    listed = catalog(reading.known.schema).by_name["index"] if reading.known.schema else {}
    found = [each for one in listed.values() for each in one if not each.facets.get("part_of")]
    return any(one.parent is not None and names.of_catalog(one.parent.identity) == partition for one in found)


def _columns(seen: Seen) -> list[str]:
    return [one.index_elem.name or "expr" for one in seen.node.index_params]


def _index(seen: Seen) -> str:
    """The name of the parent's index, which lives in the schema of its table."""
    relation = seen.node.relation
    return ".".join(names.identifier(part) for part in (relation.schemaname, seen.node.idxname) if part)


def _copy(seen: Seen) -> Node:
    copy = type(seen.node)()
    copy.CopyFrom(seen.node)
    return copy


RULE = Rule(
    "index-not-concurrent",
    "An index is built while writers wait",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.BUILD,
    squawk=("require-concurrent-index-creation",),
)
