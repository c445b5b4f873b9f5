"""What allows no transaction, between BEGIN and COMMIT or in a DO block."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.transactions import blocks
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.migrations.statements import allows_transaction, kind_of
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.statements:
        if seen.inside and not _allows(seen):
            yield Found(
                seen,
                f"this {kind_of(seen.name)} allows no transaction, and a DO block always runs in one: it fails",
                advice="Take it out of the block.",
            )
    for block in blocks(reading):
        for seen in reading.statements:
            if not seen.transactional and block.holds(seen) and not _allows(seen):
                yield Found(
                    seen,
                    f"this {kind_of(seen.name)} allows no transaction: Haulback commits what stands before it"
                    f" since line {block.begin.line} and runs it apart, other tools fail here",
                    advice="Put it into a file of its own, or behind the COMMIT.",
                )


def _allows(seen: Seen) -> bool:
    """A new enum value can be added inside a transaction; it only cannot be used there."""
    return seen.name == "alter_enum_stmt" or allows_transaction(seen.name, seen.node)


RULE = Rule(
    "concurrently-in-transaction",
    "A statement that allows no transaction stands in one",
    Family.MIXES,
    Level.WARN,
    _find,
    squawk=("ban-concurrent-index-creation-in-transaction",),
)
