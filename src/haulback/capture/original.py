"""What a table is at one moment of a transaction, to be held against what it is at another."""

from __future__ import annotations

from typing import Any

import psycopg

from haulback.pg.queries import queries

_SQL = queries("haulback.capture", "sql/original.sql")


def original(connection: psycopg.Connection, oid: int) -> dict[str, Any] | None:
    """Names, columns by number with their types, files of the rows, rows written so far; None where it is gone.

    As JSON: `oid`, `schema`, `name`, `identity`, `columns` (by name: `number`, `type`, `modifier`, `plain`, which is
    false for types of the users'), `files` (by object id), `written`.
    """
    row = connection.execute(_SQL["original"], {"oid": oid}).fetchone()
    return dict(row[0]) if row else None
