"""Whether the sample's rows are what they were: going back must bring back values, not only the schema."""

from __future__ import annotations

from collections import Counter

import psycopg
from psycopg import sql

from haulback.pg.queries import queries

_SQL = queries("haulback.rehearse", "rows.sql")

Rows = dict[str, Counter[int]]


def read(connection: psycopg.Connection) -> Rows:
    """A hash of each row by table, blind to the order of columns.

    Args:
        connection: a superuser's, on a shadow: its tables hold a sample, so they are read whole.
    """
    found: Rows = {}
    for schema, table in connection.execute(_SQL["tables"]).fetchall():
        rows = connection.execute(sql.SQL(_SQL["hashes"]).format(table=sql.Identifier(schema, table)))
        found[f"{schema}.{table}"] = Counter(row[0] for row in rows)
    return found


def lost(before: Rows, now: Rows) -> tuple[str, ...]:
    """One line for each table with rows that are not what they were; rows that came on top are no loss."""
    lines = []
    for table, rows in sorted(before.items()):
        missing = (rows - now.get(table, Counter())).total()
        if missing:
            lines.append(f"{missing} of {rows.total()} sample rows of {table} are not what they were")
    return tuple(lines)
