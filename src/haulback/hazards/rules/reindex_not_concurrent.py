"""REINDEX without CONCURRENTLY: writers of the table, and readers that would use the index, wait."""

from __future__ import annotations

import re
from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.facts.transactions import outside
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.migrations.grammar import enum
from haulback.model.hazard import Level

_KIND = re.compile(r"\b(index|table|schema|database)\b", re.IGNORECASE)


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("reindex_stmt"):
        if any(one.def_elem.defname == "concurrently" for one in seen.node.params):
            continue
        kind = enum(seen.node, "kind").removeprefix("REINDEX_OBJECT_").lower()
        table = _table(reading, seen, kind)
        what = names.relation(seen.node.relation) if seen.node.HasField("relation") else f"the {kind}"
        rewrite = "" if kind == "system" else _KIND.sub(r"\g<0> concurrently", seen.text, count=1) + ";"
        yield Found(
            seen,
            f"every write to {table or 'the tables concerned'} waits until {what} is built anew,"
            " and so does every query that would use an index of it",
            table=table,
            subject=what,
            advice="REINDEX CONCURRENTLY builds beside them; it takes about twice as long.",
            rewrite=outside(reading, seen, rewrite),
        )


def _table(reading: Reading, seen: Seen, kind: str) -> str:
    if kind == "table":
        return names.relation(seen.node.relation)
    if kind == "index" and reading.known.schema is not None:
        known = catalog(reading.known.schema).one("index", names.relation(seen.node.relation))
        return names.of_catalog(known.parent.identity) if known and known.parent else ""
    return ""


RULE = Rule(
    "reindex-not-concurrent",
    "Indexes are built anew while readers and writers wait",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.BUILD,
    squawk=("require-concurrent-reindex",),
)
