"""Lines of JSON as rows: how they come into a temporary table, and from there into the one they are for."""

from __future__ import annotations

from collections.abc import Sequence

from haulback.gateway.quoting import quoted
from haulback.gateway.rest.sql import names
from haulback.gateway.schema.model import Table

TABLE = "CREATE TEMPORARY TABLE IF NOT EXISTS haulback_lines (line json) ON COMMIT DELETE ROWS"
# Neither sign can stand in JSON, so that a line is one value whatever is in it.
COPY = "COPY pg_temp.haulback_lines FROM STDIN (FORMAT csv, QUOTE e'\\x01', DELIMITER e'\\x02')"


def insert_sql(table: Table, columns: Sequence[str]) -> str:
    """The INSERT of all lines; types are as the catalog writes them."""
    named = [quoted(name) for name in columns]
    typed = [f"{quoted(name)} {table.columns[name].nominal_type}" for name in columns]
    return (
        f"INSERT INTO {names.qualified(table.name)} ({', '.join(named)}) "
        f"SELECT {', '.join(f'r.{name}' for name in named)} FROM pg_temp.haulback_lines AS lines, "
        f"json_to_record(lines.line) AS r ({', '.join(typed)}) WHERE lines.line IS NOT NULL"
    )
