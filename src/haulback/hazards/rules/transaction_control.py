"""ROLLBACK and two-phase commit, which no migration may hold."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.transactions import command
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations import parse
from haulback.model.hazard import Level

_MARKS = frozenset({"BEGIN", "START", "COMMIT"})


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("transaction_stmt"):
        word = command(seen.node)
        if not parse.keeps_open(seen.node) and word not in _MARKS and not seen.inside:
            yield Found(
                seen,
                f"{word.replace('_', ' ')} cannot be part of a migration: Haulback refuses the file",
                advice="Take it out: a migration commits as a whole, and Haulback takes back what failed.",
            )


RULE = Rule(
    "transaction-control", "A file rolls back or prepares its own transaction", Family.MIXES, Level.BLOCK, _find
)
