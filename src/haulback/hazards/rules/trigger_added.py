"""CREATE TRIGGER on a table in use, and rows written after it: writers wait until the transaction ends."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.locks import writes
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.of("create_trig_stmt"):
        table = names.relation(seen.node.relation)
        if not reading.is_new(table, seen) and (later := _long(reading, seen)):
            yield Found(
                seen,
                f"every write to {table} waits from here through line {later.line}, which may take long",
                subject=f"{table}.{names.dotted(seen.node.trigname)}",
                advice="Let the trigger stand behind what takes long, or in a file of its own.",
            )


def _long(reading: Reading, seen: Seen) -> Seen | None:
    """What may take long behind it in the same transaction."""
    built = (one for one in reading.of("index_stmt") if not reading.is_new(names.relation(one.node.relation), one))
    later = [one for one in (*(write.seen for write in writes(reading)), *built) if one.unit == seen.unit]
    return min((one for one in later if one.number > seen.number), key=lambda one: one.number, default=None)


RULE = Rule("trigger-added", "A trigger is made, and writers wait for what follows", Family.LOCKS, Level.NOTE, _find)
