"""Columns that the server fills where an insert leaves them out, and those of this file that are new."""

from __future__ import annotations

from haulback.hazards import names
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.facts.objects import objects
from haulback.hazards.facts.promises import promises
from haulback.hazards.reading import Reading, Seen


def is_filled(reading: Reading, table: str, column: str) -> bool | None:
    """Whether a column has a default, an identity or an expression after the files; None where nobody knows."""
    name = f"{table}.{names.dotted(column)}"
    told = promises(reading).filled.get(name)
    if told is not None or reading.known.schema is None:
        return told
    known = catalog(reading.known.schema)
    held = known.one("column", name)
    if held is None:
        return None
    return bool(known.one("default", name) or held.facets.get("identity_when") or held.facets.get("generated"))


def may_be_null(reading: Reading, table: str, column: str) -> bool | None:
    """Whether the target's column takes nulls; None where nobody knows."""
    if reading.known.schema is None:
        return None
    held = catalog(reading.known.schema).one("column", f"{table}.{names.dotted(column)}")
    return not held.facets.get("not_null") if held else None


def is_new_column(reading: Reading, table: str, column: str, seen: Seen) -> bool:
    """Whether this file makes the column, by itself or with its table."""
    found = objects(reading)
    position = found.position(seen)
    return found.made("TABLE", table, before=position) or found.made(
        "COLUMN", f"{table}.{names.dotted(column)}", before=position
    )
