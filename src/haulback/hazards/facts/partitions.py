"""Partitioned tables, as the files or the target tell of them."""

from __future__ import annotations

import re

from haulback.hazards import names
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.reading import Reading

_KEY = re.compile(r"(?P<strategy>\w+) \((?P<columns>.*)\)")
_COLUMN = re.compile(r'[\w$]+|"(?:[^"]|"")+"')


def is_partitioned(reading: Reading, table: str) -> bool | None:
    """Whether a table is; None where neither the files nor the target tell."""
    if table in reading.declared.history.partitioned:
        return True
    known = reading.known.schema and catalog(reading.known.schema).one("table", table)
    return bool(known.facets.get("partition_key")) if known else None


def key(reading: Reading, table: str) -> tuple[str, tuple[str, ...]]:
    """(strategy, columns) of a partitioned table: `("range", ("made_at",))`; no columns where they are not known."""
    told = reading.declared.history.partitioned.get(table)
    if told:
        return told
    known = reading.known.schema and catalog(reading.known.schema).one("table", table)
    match = _KEY.fullmatch(known.facets.get("partition_key") or "") if known else None
    if match is None:
        return "", ()
    listed = [one.strip() for one in match["columns"].split(",")]
    plain = all(_COLUMN.fullmatch(one) for one in listed)
    return match["strategy"].lower(), tuple(names.bare(one) for one in listed) if plain else ()


def partitions(reading: Reading, table: str) -> tuple[str, ...]:
    """The partitions of a table of the target, those of its partitions left out."""
    if reading.known.schema is None:
        return ()
    found = []
    for name, objects in catalog(reading.known.schema).by_name["table"].items():
        parents = objects[0].facets.get("parents") or ()
        if table in {names.of_catalog(parent) for parent in parents}:
            found.append(name)
    return tuple(sorted(found))
