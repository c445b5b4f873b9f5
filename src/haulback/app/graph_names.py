"""What GraphQL calls tables and columns for each role, as the gateway would serve a database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import psycopg

from haulback.gateway.graphql.catalog import Catalog, Table
from haulback.gateway.graphql.meanings import Collection, ColumnValue, Delete, Insert, Update
from haulback.gateway.graphql.model import Named, ObjectType
from haulback.gateway.graphql.types.reading import privileges, read
from haulback.gateway.graphql.types.schema import RoleSchema
from haulback.verify.api.graph import Graph


class GraphNames:
    """Read when it is made; what a role may do when it is first asked for.

    Args:
        connection: in autocommit, of any role.
        schemas: that are exposed, in their order.

    Raises:
        psycopg.Error: the catalogs could not be read.
    """

    def __init__(self, connection: psycopg.Connection, schemas: tuple[str, ...]) -> None:
        self._connection = connection
        self._catalog: Catalog = read(connection, schemas)
        self._schemas: dict[str, RoleSchema | None] = {}

    def of(self, role: str, schema: str, table: str) -> Graph | None:
        """None where the role is not offered the table."""
        seen = self._seen(role)
        if seen is None:
            return None
        found = next(
            ((one, base) for one, base in seen.view.tables() if (one.schema, one.name) == (schema, table)), None
        )
        return None if found is None else _graph(seen, *found)

    def _seen(self, role: str) -> RoleSchema | None:
        if role not in self._schemas:
            allowed = privileges(self._connection, self._catalog, role)
            self._schemas[role] = None if allowed is None else RoleSchema(self._catalog, allowed)
        return self._schemas[role]


def _graph(seen: RoleSchema, table: Table, base: str) -> Graph:
    roots = {**_roots(seen.query, table), **_roots(seen.mutation, table)}
    return Graph(
        collection=roots.get(Collection, ""),
        insert=roots.get(Insert, ""),
        update=roots.get(Update, ""),
        delete=roots.get(Delete, ""),
        filters=_columns(seen, f"{base}Filter"),
        inputs=_columns(seen, f"{base}InsertInput"),
        sets=_columns(seen, f"{base}UpdateInput"),
        labels=dict(_labels(seen, table)),
        scalars=dict(_scalars(seen, table)),
    )


def _roots(root: ObjectType | None, table: Table) -> Mapping[type, str]:
    if root is None:
        return {}
    meant = ((field.name, field.meaning) for field in root.fields.values())
    return {
        type(meaning): name
        for name, meaning in meant
        if isinstance(meaning, Collection | Insert | Update | Delete) and meaning.table.oid == table.oid
    }


def _columns(seen: RoleSchema, name: str) -> Mapping[str, str]:
    found = seen.type(name)
    fields = getattr(found, "fields", {})
    return {one.meaning.column.name: one.name for one in fields.values() if isinstance(one.meaning, ColumnValue)}


def _labels(seen: RoleSchema, table: Table) -> Iterator[tuple[str, Mapping[str, str]]]:
    for column in table.columns.values():
        if column.type in seen.view.enums:
            enum = seen.catalog.enums[column.type]
            yield column.name, {label: enum.mappings.get(label, label) for label in enum.labels}


def _scalars(seen: RoleSchema, table: Table) -> Iterator[tuple[str, str]]:
    for column in table.columns.values():
        type_ = seen.view.type(column.type)
        of = seen.view.value(type_) if type_ is not None else None
        if isinstance(of, Named):
            yield column.name, of.name
