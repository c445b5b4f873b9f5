"""Rows written while the same transaction keeps everybody out of a table."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards.facts.locks import Mode, by_unit, writes
from haulback.hazards.reading import Reading
from haulback.hazards.rewrites import batches
from haulback.hazards.rewrites.offer import Offer
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    written = writes(reading)
    held = by_unit(reading) if written else {}
    told: set[tuple[int, str]] = set()
    for one in written:
        strong = [
            lock
            for lock in held.get(one.seen.unit, ())
            if lock.mode is Mode.ACCESS_EXCLUSIVE and lock.order < one.order
        ]
        if not strong or (one.seen.unit, one.table) in told:
            continue
        told.add((one.seen.unit, one.table))
        offer = batches.of_update(reading, one.seen) if one.seen.name == "update_stmt" else Offer()
        lock = next((lock for lock in strong if lock.table == one.table), strong[0])
        yield Found(
            one.seen,
            f"nobody reads or writes {lock.table}, which line {lock.seen.line} locked,"
            f" for as long as the rows of {one.table} take",
            subject=one.table,
            advice=offer.told("Put a COMMIT before it, or better the rows in a file of their own, in batches."),
            rewrite=offer.rewrite,
        )


RULE = Rule(
    "backfill-with-ddl",
    "Rows are written while the same transaction keeps everybody out of a table",
    Family.MIXES,
    Level.WARN,
    _find,
)
