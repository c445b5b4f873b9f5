"""CREATE INDEX without CONCURRENTLY: writers wait until the index is built."""

from __future__ import annotations

import re
from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.model.hazard import Level

_INDEX = re.compile(r"\bindex\b", re.IGNORECASE)


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("index_stmt"):
        node = seen.node
        if not node.concurrent:
            table = names.relation(node.relation)
            yield Found(
                seen,
                f"every write to {table} waits until the index {node.idxname or 'without a name'} is built",
                table=table,
                rewrite=_INDEX.sub(r"\g<0> concurrently", seen.text, count=1) + ";",
            )


RULE = Rule(
    "index-not-concurrent",
    "An index is built while writers wait",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.BUILD,
    squawk=("require-concurrent-index-creation",),
)
