"""The rehearsal saw a table written anew."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.model.hazard import Level

_MEANT = frozenset({"truncate", "refresh mat view"})  # these make a new file, and their own rules tell of it


def _find(reading: Reading) -> Iterator[Found]:
    for seen in reading.statements:
        trace = None if seen.inside else reading.trace(seen)
        if trace is None or trace.kind in _MEANT:
            continue
        for table in map(names.of_catalog, trace.rewritten):
            if table in reading.existing:
                yield Found(
                    seen,
                    f"{table} is written anew, and nobody reads or writes it meanwhile",
                    table=table,
                    advice="Add a new column, fill it in batches, and swap the two; docs/rewrites.md shows how.",
                )


RULE = Rule(
    "table-rewritten",
    "A table is written anew while everybody waits",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.REWRITE,
    measured=True,
)
