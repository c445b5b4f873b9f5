"""A foreign table in a schema that the API serves: it has no row-level security."""

from __future__ import annotations

from collections.abc import Iterator

from haulback.hazards import names
from haulback.hazards.facts import api
from haulback.hazards.facts.ending import ended
from haulback.hazards.reading import Reading
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Level


def _find(reading: Reading) -> Iterator[Found]:
    level = Level.WARN if api.is_served(reading) else Level.NOTE
    for seen in reading.of("create_foreign_table_stmt"):
        table = names.relation(seen.node.base_stmt.relation)
        if api.is_open(reading, table) and table not in reading.declared.dropped:
            yield Found(
                seen,
                f"strangers read and write {table} on the other server: a foreign table knows no row-level security",
                subject=table,
                rewrite=f"{ended(seen.text)}\nrevoke all on {names.spelled(table)} from anon, authenticated;",
                advice="Keep foreign tables in a schema that the API does not serve.",
                level=level,
            )
    for seen in reading.of("import_foreign_schema_stmt"):
        schema = seen.node.local_schema
        if schema in reading.known.exposed:
            yield Found(
                seen,
                f"every table imported into {schema} is served to strangers: foreign tables know no row-level security",
                subject=schema,
                advice="Import into a schema that the API does not serve.",
                level=level,
            )


RULE = Rule(
    "foreign-table-in-api", "The API serves a foreign table with all its rows", Family.EXPOSES, Level.WARN, _find
)
