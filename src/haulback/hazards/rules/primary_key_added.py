"""A primary key added without USING INDEX: its index is built, and its columns scanned, while everybody waits."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts.catalog import catalog
from haulback.hazards.facts.partitions import is_partitioned
from haulback.hazards.facts.transactions import outside
from haulback.hazards.reading import Reading
from haulback.hazards.rewrites import unique
from haulback.hazards.rewrites.added import Added, added
from haulback.hazards.rule import Family, Found, Rule, Work
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for one in added(reading, "CONSTR_PRIMARY"):
        if not one.constraint.indexname:
            plain = not is_partitioned(reading, one.table) and _never_null(reading, one)
            yield Found(
                one.seen,
                f"nobody reads or writes {one.table} until the index of its primary key is built"
                " and its columns are known to hold no null",
                table=one.table,
                advice="Make the columns NOT NULL first (by a validated check), build the index CONCURRENTLY, and add"
                " the key USING INDEX.",
                rewrite=outside(reading, one.seen, unique.apart(reading, one, "CONSTR_PRIMARY")) if plain else "",
            )


def _never_null(reading: Reading, one: Added) -> bool:
    """Whether the target says that every column of the key is NOT NULL: else USING INDEX would scan under the lock."""
    if reading.known.schema is None or one.column is not None or one.constraint.without_overlaps:
        return False
    found = (catalog(reading.known.schema).one("column", f"{one.table}.{names.dotted(each)}") for each in one.columns)
    return all(column is not None and column.facets.get("not_null") for column in found)


RULE = Rule(
    "primary-key-added",
    "A primary key builds its index while everybody waits",
    Family.LOCKS,
    Level.WARN,
    _find,
    work=Work.BUILD,
    squawk=("adding-serial-primary-key-field",),  # squawk says it of every primary key
)
