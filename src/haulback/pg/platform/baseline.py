"""Lays the Supabase platform into a fresh database of our own, in one transaction."""

from __future__ import annotations

from hashlib import sha256
from importlib import resources
from typing import Any

import psycopg
from psycopg import sql

from haulback.pg.platform import extensions, standins

# In the order they need each other; `graphql` asks the extension pg_graphql.
_BEFORE_EXTENSIONS = ("roles", "schemas")
_AFTER_EXTENSIONS = ("auth", "storage", "realtime", "functions", "graphql", "watching")
# Installed from the start on Supabase, each with its schema.
_EXTENSIONS = {
    "pgcrypto": "extensions",
    "uuid-ossp": "extensions",
    "pg_stat_statements": "extensions",
    "supabase_vault": "vault",
    "pg_graphql": "graphql",
}


def apply(connection: psycopg.Connection[Any], database: str) -> bool:
    """Applies the baseline unless it is there, which is told; whole or not at all.

    Args:
        connection: as the bootstrap superuser, in `database`, in autocommit.
        database: to be owned by `postgres`.
    """
    with connection.transaction():
        if _exists(connection, "authenticator"):
            return False
        _own(connection, database)
        for name in _BEFORE_EXTENSIONS:
            _run(connection, name)
        for name, schema in _EXTENSIONS.items():
            extensions.create(connection, name, schema)
        for name in _AFTER_EXTENSIONS:
            _run(connection, name)
    return True


def apply_plain(connection: psycopg.Connection[Any], database: str) -> None:
    """Makes the deploying role only: a PostgreSQL without Supabase's platform."""
    with connection.transaction():
        if not _exists(connection, "postgres"):
            _own(connection, database)


def digest() -> str:
    """Hex sha256 over everything that `apply` puts into a database."""
    total = sha256()
    for name in ("owner", *_BEFORE_EXTENSIONS, *_AFTER_EXTENSIONS):
        total.update(_text(name).encode())
    for name in _EXTENSIONS:
        total.update((standins.sql_for(name) or "").encode())
    return total.hexdigest()


def _own(connection: psycopg.Connection[Any], database: str) -> None:
    _run(connection, "owner")
    connection.execute(sql.SQL("ALTER DATABASE {} OWNER TO postgres").format(sql.Identifier(database)))


def _run(connection: psycopg.Connection[Any], name: str) -> None:
    connection.execute(_text(name).encode())


def _text(name: str) -> str:
    return (resources.files(__package__) / f"{name}.sql").read_text(encoding="utf-8")


def _exists(connection: psycopg.Connection[Any], role: str) -> bool:
    query = "SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = %s"
    return connection.execute(query, [role]).fetchone() is not None
