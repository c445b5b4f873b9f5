"""A table in a schema that the API serves, on which row-level security is never switched on."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import api
from haulback.hazards.facts.ending import ended
from haulback.hazards.reading import Reading, Seen
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    for seen, table in _made(reading):
        if reading.declared.standing.tables.get(table) is not seen or table in reading.existing:
            continue
        if not api.is_open(reading, table) or api.has_row_security(reading, table):
            continue
        switch = f"alter table {names.spelled(table)} enable row level security;"
        yield Found(
            seen,
            f"whoever has the public key reads and writes all of {table}: row-level security is never switched on",
            subject=table,
            rewrite=f"{ended(seen.text)}\n{switch}",
            advice="Then write a policy for each role that needs rows; without one only service_role gets any.",
            level=_level(reading, seen, table),
        )


def _made(reading: Reading) -> Iterator[tuple[Seen, str]]:
    for seen in reading.of("create_stmt"):
        if seen.node.relation.relpersistence != "t" and not _moved(reading, seen, seen.node.relation.schemaname):
            yield seen, names.relation(seen.node.relation)
    for seen in reading.of("create_table_as_stmt"):
        into = seen.node.into.rel
        if into.relpersistence != "t" and not _moved(reading, seen, into.schemaname):
            yield seen, names.relation(into)


def _moved(reading: Reading, seen: Seen, schema: str) -> bool:
    """Whether the file sets a search_path before: a table without a schema then lies nobody knows where."""
    return not schema and any(
        one.node.name == "search_path" and one.number < seen.number for one in reading.of("variable_set_stmt")
    )


def _level(reading: Reading, seen: Seen, table: str) -> Level:
    if not api.is_served(reading):
        return Level.NOTE  # perhaps there is no API, and the database is its clients' own
    if api.switched_on_elsewhere(reading, table):
        return Level.NOTE
    # The API lists no partitions; some versions serve them all the same.
    return Level.WARN if seen.name == "create_stmt" and seen.node.HasField("partbound") else Level.BLOCK


RULE = Rule(
    "table-without-row-security",
    "A table that the API serves has no row-level security",
    Family.EXPOSES,
    Level.BLOCK,
    _find,
)
