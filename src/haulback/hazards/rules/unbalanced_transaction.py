"""A BEGIN without its COMMIT, or one inside another."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.transactions import blocks
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for block in blocks(reading):
        if block.end is None:
            yield Found(
                block.begin,
                "nothing commits what this begins: Haulback commits it at the end of the file, psql takes it back",
                advice="Take the BEGIN out, or write its COMMIT.",
            )
        for seen in block.nested:
            yield Found(
                seen,
                f"the transaction of line {block.begin.line} is still open: the server ignores this with a warning,"
                " and Haulback commits what stands before it",
                advice="Take it out; inside a transaction a SAVEPOINT marks where to go back to.",
            )


RULE = Rule(
    "unbalanced-transaction",
    "A transaction is begun and not ended",
    Family.MIXES,
    Level.WARN,
    _find,
    squawk=("ban-uncommitted-transaction", "transaction-nesting"),
)
