"""The rehearsal saw an existing table locked alone that no statement of the file names."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import happened, names
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    text = reading.text.lower() if reading.traces else ""
    for seen in reading.statements:
        trace = None if seen.inside else reading.trace(seen)
        for relation, mode in trace.locks if trace else ():
            table = names.of_catalog(relation)
            if mode != "AccessExclusiveLock" or table not in reading.existing:
                continue
            known_by = {table} | happened.ancestors(reading, table)  # whoever names a parent means its children
            if not any(names.bare(one).lower() in text for one in known_by):
                yield Found(
                    seen,
                    f"{table} is locked against readers and writers, though nothing here names it",
                    subject=table,
                    advice="See which function, cascade or event trigger takes the lock, and whether it must.",
                )


RULE = Rule(
    "locked-indirectly",
    "A table that the file does not name is locked",
    Family.LOCKS,
    Level.WARN,
    _find,
    measured=True,
)
