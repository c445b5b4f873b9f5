"""Updates that overwrite values which were there; filling columns that the same file adds overwrites none."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.objects import objects
from haulback.hazards.facts.writes import Verb, Write, writes
from haulback.hazards.reading import Reading


def overwriting(reading: Reading) -> Iterator[tuple[Write, list[str]]]:
    """The updates with the columns whose old values go."""
    found = objects(reading)
    for write in writes(reading, Verb.UPDATE):
        position = found.position(write.seen)
        columns = [
            one
            for one in write.columns
            if not found.made("COLUMN", f"{write.table}.{names.dotted(one)}", before=position)
        ]
        if columns:
            yield write, columns
