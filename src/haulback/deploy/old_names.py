"""Tables under the names that they had when a deployment began, for as long as a copy of them is finished.

An earlier migration of the same deployment may have renamed a table, or columns of it, whose copy is under way. What
is kept is kept under the names of before, for these are there again when it goes back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg

from haulback.model.schema import ObjectKey, Schema
from haulback.pg.catalog.reader import read
from haulback.pg.catalog.renames import renames
from haulback.pg.queries import queries

_SQL = queries("haulback.deploy", "sql/copies.sql")


@contextmanager
def old_names(connection: psycopg.Connection, before: Schema | None, identities: Collection[str]) -> Iterator[None]:
    """Gives the tables their names of before, and takes them away again; inside the caller's transaction.

    Nothing is done, and nothing but the names of these tables asked, where they are still called the same.
    """
    if before is None or not any(_is_renamed(connection, before, one) for one in identities):
        yield
        return
    now = read(connection)
    _run(connection, _of_tables(before, identities), now)
    yield
    _run(connection, now, read(connection))


def _run(connection: psycopg.Connection, wanted: Schema, now: Schema) -> None:
    for step in renames(wanted, now):
        connection.execute(step.statement.encode())


def _of_tables(schema: Schema, identities: Collection[str]) -> Schema:
    """The tables with their schemas and columns, and nothing else: nothing else is locked."""
    tables = {ObjectKey("table", one) for one in identities}
    kept = {
        key: one
        for key, one in schema.objects.items()
        if key.kind == "schema" or key in tables or (key.kind == "column" and one.parent in tables)
    }
    return replace(schema, objects=kept)


def _is_renamed(connection: psycopg.Connection, before: Schema, identity: str) -> bool:
    table = ObjectKey("table", identity)
    address = before.addresses.get(table)
    row = connection.execute(_SQL["names"], {"oid": address[1]}).fetchone() if address else None
    if row is None:
        return False
    now, columns = row
    was = {
        str(before.addresses[key][2]): key.identity.removeprefix(f"{identity}.")
        for key, one in before.objects.items()
        if key.kind == "column" and one.parent == table and key in before.addresses
    }
    return bool(now != identity or any(columns.get(number, name) != name for number, name in was.items()))
