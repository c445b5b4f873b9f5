"""Reads the schema cache from the catalogs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import LiteralString, TypeVar

import psycopg
from psycopg.rows import args_row

from haulback.gateway.schema import rows
from haulback.gateway.schema.assembly import Catalog, assembled
from haulback.gateway.schema.folding import folding
from haulback.gateway.schema.model import SchemaCache
from haulback.model.api import HOISTED
from haulback.pg.queries import queries

_PACKAGE = "haulback.gateway.schema"

T = TypeVar("T")


def read(
    connection: psycopg.Connection,
    schemas: Sequence[str],
    extra_search_path: Sequence[str] = (),
    hoisted: Sequence[str] = HOISTED,
) -> SchemaCache:
    """What of these schemas the connecting role can serve; the first schema is the default.

    One snapshot, in one pipeline. The connection must not be in a transaction; it may be of any role.

    Raises:
        psycopg.Error: the server is gone, or an object was dropped while it was read; to be tried again.
    """
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        connection.execute("SELECT pg_catalog.set_config('search_path', '', true)")
        catalog = _catalog(connection, {"schemas": list(schemas), "reached": [*schemas, *extra_search_path]})
    return assembled(tuple(schemas), catalog, frozenset(hoisted), folding=folding(connection))


def _catalog(connection: psycopg.Connection, parameters: Mapping[str, list[str]]) -> Catalog:
    named = queries(_PACKAGE, "catalog.sql")
    functions = queries(_PACKAGE, "functions.sql")["functions"]
    with connection.pipeline():
        asked = Asked(connection, parameters)
        relations = asked.of(rows.RelationRow, named["relations"])
        columns = asked.of(rows.ColumnRow, named["columns"])
        constraints = asked.of(rows.ConstraintRow, named["constraints"])
        views = asked.of(rows.ViewRow, named["views"])
        computed = asked.of(rows.ComputedRow, named["computed_relationships"])
        called = asked.of(rows.FunctionRow, functions)
        representations = asked.of(rows.RepresentationRow, named["representations"])
        handlers = asked.of(rows.HandlerRow, named["media_handlers"])
        roles = asked.of(rows.RoleRow, named["role_settings"])
        chosen = asked.of(rows.SettingsChosenRow, named["settings_chosen"])
        server = asked.of(rows.ServerRow, named["server"])
        return Catalog(
            relations=relations.fetchall(),
            columns=columns.fetchall(),
            constraints=constraints.fetchall(),
            views=views.fetchall(),
            computed=computed.fetchall(),
            functions=called.fetchall(),
            representations=representations.fetchall(),
            handlers=handlers.fetchall(),
            roles=roles.fetchall(),
            settings_chosen=chosen.fetchall(),
            servers=server.fetchall(),
        )


class Asked:
    """Sends queries with the same parameters; their rows come back as what they are of."""

    def __init__(self, connection: psycopg.Connection, parameters: Mapping[str, list[str]]) -> None:
        self._connection = connection
        self._parameters = parameters

    def of(self, row: type[T], query: LiteralString) -> psycopg.Cursor[T]:
        return self._connection.cursor(row_factory=args_row(row)).execute(query, self._parameters)
