"""A table without a primary key."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.grammar import Node
from haulback.model.hazard import Level

_INDEXES = 1 << 7  # CREATE_TABLE_LIKE_INDEXES: INCLUDING INDEXES or ALL copies the key


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("create_stmt"):
        node = seen.node
        table = names.relation(node.relation)
        if node.relation.relpersistence == "t" or node.HasField("partbound") or _copies_key(node):
            continue
        declared = reading.declared
        if table in declared.keyed or table in declared.dropped or declared.standing.tables.get(table) is not seen:
            continue
        yield Found(
            seen,
            f"the table {table} has no primary key: a row cannot be named, and once the table is published for "
            "replication or Realtime, updates and deletes fail",
            subject=table,
            advice="Name the columns that tell rows apart, or `id bigint generated always as identity primary key`.",
        )


def _copies_key(node: Node) -> bool:
    likes = [one.table_like_clause for one in node.table_elts if one.HasField("table_like_clause")]
    # A child gets no key from its parent, but what inherits keeps its own rules.
    return any(one.options & _INDEXES for one in likes) or bool(node.inh_relations)


RULE = Rule("missing-primary-key", "A table has no primary key", Family.DESIGN, Level.WARN, _find)
