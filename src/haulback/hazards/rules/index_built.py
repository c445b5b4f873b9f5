"""The rehearsal saw an index built while writers wait."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.statements:
        trace = None if seen.inside else reading.trace(seen)
        for table in map(names.of_catalog, trace.built if trace else ()):
            if table in reading.existing:
                yield Found(
                    seen,
                    f"an index on {table} is built in a transaction, and its writers wait for it",
                    table=table,
                    advice="Build it with CREATE INDEX CONCURRENTLY, and add a constraint USING INDEX.",
                )


RULE = Rule(
    "index-built",
    "An index is built in a transaction",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.BUILD,
    measured=True,
)
