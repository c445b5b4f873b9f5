"""The rehearsal saw a table read from end to end under a lock that keeps others out."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.statements:
        trace = None if seen.inside else reading.trace(seen)
        if trace is None:
            continue
        built = set(map(names.of_catalog, trace.built))
        for table in map(names.of_catalog, trace.scanned):
            if table in reading.existing and table not in built:
                yield Found(
                    seen,
                    f"{table} is read from end to end under a lock that keeps others out",
                    table=table,
                    advice="Add the constraint NOT VALID, and validate it in a transaction of its own.",
                )


RULE = Rule(
    "table-scanned",
    "A table is read whole under a strong lock",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.SCAN,
    measured=True,
)
