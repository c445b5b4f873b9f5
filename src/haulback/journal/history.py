"""The list of applied versions, where `supabase db push` keeps it, so that the two agree."""

from __future__ import annotations

import psycopg
from psycopg import sql

from haulback.model.migration import Migration
from haulback.pg.queries import queries

_SQL = queries("haulback.journal", "sql/history.sql")


def schema_of(connection: psycopg.Connection) -> str:
    """`supabase_migrations` on Supabase; on a plain PostgreSQL our own schema, so that nothing is left behind."""
    row = connection.execute(_SQL["schema"]).fetchone()
    return str(row[0]) if row else "haulback"


def read(connection: psycopg.Connection) -> tuple[tuple[str, str], ...]:
    """(version, name) of what is applied, in order of version; empty where there is no history yet."""
    schema = schema_of(connection)
    present, named = _shape(connection, schema)
    if not present:
        return ()
    query = _SQL["read"] if named else _SQL["read_unnamed"]
    rows = connection.execute(sql.SQL(query).format(schema=sql.Identifier(schema)))
    return tuple((version, name) for version, name in rows)


def prepare(connection: psycopg.Connection) -> None:
    """Makes the table where it is missing, in the shape that Supabase's own command gives it."""
    schema = schema_of(connection)
    present, named = _shape(connection, schema)
    if named:
        return  # making what is there already asks for rights that a deployer may not have
    connection.execute(sql.SQL(_SQL["complete" if present else "prepare"]).format(schema=sql.Identifier(schema)))


def _shape(connection: psycopg.Connection, schema: str) -> tuple[bool, bool]:
    """Whether the table is there, and whether it has names."""
    row = connection.execute(_SQL["present"], {"table": f"{schema}.schema_migrations"}).fetchone()
    return (bool(row[0]), bool(row[1])) if row else (False, False)


def record(connection: psycopg.Connection, schema: str, migration: Migration) -> None:
    """Adds a version, in the transaction of the session."""
    connection.execute(
        sql.SQL(_SQL["record"]).format(schema=sql.Identifier(schema)),
        {
            "version": migration.version,
            "name": migration.name,
            "statements": [statement.text for statement in migration.source.statements],
        },
    )


def forget(connection: psycopg.Connection, schema: str, version: str) -> None:
    """Removes a version that was taken back, in the transaction of the session."""
    connection.execute(sql.SQL(_SQL["forget"]).format(schema=sql.Identifier(schema)), {"version": version})
