"""The rehearsal saw rows of an existing table change that no statement of the file names."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    text = reading.text.lower() if reading.units else ""
    first = next(iter(reading.statements), None)
    for unit in reading.units:
        for relation, inserted, updated, deleted in unit.written:
            table = names.of_catalog(relation)
            if first and updated + deleted and table in reading.existing and names.bare(table).lower() not in text:
                yield Found(
                    first,
                    f"rows of {table} change, though nothing here names it: on the shadow {inserted} inserted, "
                    f"{updated} updated, {deleted} deleted",
                    subject=table,
                    advice="See which trigger, function or foreign key changes them, and whether that is meant.",
                )


RULE = Rule(
    "written-indirectly",
    "Rows of a table that the file does not name change",
    Family.DESTROYS,
    Level.WARN,
    _find,
    measured=True,
)
