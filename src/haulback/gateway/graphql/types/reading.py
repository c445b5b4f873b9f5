"""Reads the catalogs as GraphQL needs them, and what a role may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import LiteralString, TypeVar

import psycopg
from psycopg.rows import args_row

from haulback.gateway.graphql.catalog import Catalog, Privileges, Table, TablePrivileges
from haulback.gateway.graphql.types import rows
from haulback.gateway.graphql.types.assembly import Read, assembled
from haulback.pg.queries import queries

_PACKAGE = "haulback.gateway.graphql.types"

T = TypeVar("T")


def read(connection: psycopg.Connection, schemas: Sequence[str]) -> Catalog:
    """What these schemas hold, for any role; names are looked up in their order.

    One snapshot, in one pipeline. The connection must not be in a transaction; it may be of any role.

    Raises:
        psycopg.Error: the server is gone, or an object was dropped while it was read; to be tried again.
    """
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        return collected(connection, schemas)


def collected(connection: psycopg.Connection, schemas: Sequence[str]) -> Catalog:
    """The same of a transaction that is under way, with what it has changed; its search path is as it was."""
    named = queries(_PACKAGE, "reading.sql")
    with connection.transaction():
        (path,) = connection.execute("SELECT pg_catalog.current_setting('search_path')").fetchall()
        connection.execute("SELECT pg_catalog.set_config('search_path', '', true)")
        with connection.pipeline():
            ask = _asking(connection, {"schemas": list(schemas)})
            found = (
                ask(rows.SchemaRow, named["schemas"]),
                ask(rows.TableRow, named["tables"]),
                ask(rows.ColumnRow, named["columns"]),
                ask(rows.KeyRow, named["keys"]),
                ask(rows.ForeignKeyRow, named["foreign_keys"]),
                ask(rows.EnumRow, named["enums"]),
                ask(rows.FunctionRow, named["functions"]),
                ask(rows.TypeRow, named["types"]),
            )
            everything = Read(*(cursor.fetchall() for cursor in found))  # type: ignore[arg-type]
        connection.execute("SELECT pg_catalog.set_config('search_path', %s, true)", path)
    return assembled(everything)


def privileges(connection: psycopg.Connection, catalog: Catalog, role: str) -> Privileges | None:
    """What a role may do with what the catalog tells; None where there is no such role.

    Raises:
        psycopg.Error: the server is gone, or an object was dropped while it was asked for; to be tried again.
    """
    named = queries(_PACKAGE, "privileges.sql")
    with connection.transaction(), connection.pipeline():
        ask = _asking(connection, {"schemas": list(catalog.schemas), "role": role})
        schemas = ask(rows.NameRow, named["schemas"])
        tables = ask(rows.TablePrivilegeRow, named["tables"])
        functions = ask(rows.OidRow, named["functions"])
        unusable = ask(rows.OidRow, named["unusable_types"])
        usable = frozenset(row.name for row in schemas.fetchall())
        if not usable:
            return None
        return Privileges(
            role=role,
            schemas=usable,
            tables={
                row.oid: _table(row, catalog.tables[row.oid]) for row in tables.fetchall() if row.oid in catalog.tables
            },
            functions=frozenset(row.oid for row in functions.fetchall()),
            unusable_types=frozenset(row.oid for row in unusable.fetchall()),
        )


def _table(row: rows.TablePrivilegeRow, table: Table) -> TablePrivileges:
    every = frozenset(table.columns)
    return TablePrivileges(
        select=row.select,
        delete=row.delete,
        selectable=every if row.select else every & set(row.selectable),
        insertable=every if row.insert else every & set(row.insertable),
        updatable=every if row.update else every & set(row.updatable),
    )


def _asking(
    connection: psycopg.Connection, parameters: Mapping[str, object]
) -> Callable[[type[T], LiteralString], psycopg.Cursor[T]]:
    def ask(row: type[T], query: LiteralString) -> psycopg.Cursor[T]:
        return connection.cursor(row_factory=args_row(row)).execute(query, parameters)

    return ask
