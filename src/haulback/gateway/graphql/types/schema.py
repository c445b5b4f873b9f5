"""The types of one role, each made when it is first looked up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, partial

from haulback.gateway.graphql.catalog import Catalog, Enum, Namespace, Privileges, Table
from haulback.gateway.graphql.model import EnumType, EnumValue, GraphType, ObjectType, Purpose
from haulback.gateway.graphql.types import meta, scalars
from haulback.gateway.graphql.types.connections import (
    PAGE_INFO,
    aggregate,
    aggregate_result,
    aggregates,
    connection,
    edge,
    page_info,
    result_name,
)
from haulback.gateway.graphql.types.inputs import filter_, insert_input, order_by, update_input
from haulback.gateway.graphql.types.nodes import NODE, node
from haulback.gateway.graphql.types.roots import MUTATION, QUERY, mutation, node_interface, query, response
from haulback.gateway.graphql.types.view import View, view

Make = Callable[[], GraphType]
_OfTable = Callable[[View, Table, str], GraphType]

_BUILTINS: Mapping[str, Make] = {
    **scalars.builtins(),
    **meta.builtins(),
    PAGE_INFO: page_info,
    NODE: node_interface,
}

_READ: Mapping[str, _OfTable] = {
    "": node,
    "Edge": edge,
    "Connection": connection,
    "Filter": filter_,
    "OrderBy": order_by,
}
_INSERTED: Mapping[str, _OfTable] = {
    "InsertInput": insert_input,
    "InsertResponse": partial(response, Purpose.INSERT_RESPONSE),
}
_UPDATED: Mapping[str, _OfTable] = {
    "UpdateInput": update_input,
    "UpdateResponse": partial(response, Purpose.UPDATE_RESPONSE),
}
_DELETED: Mapping[str, _OfTable] = {"DeleteResponse": partial(response, Purpose.DELETE_RESPONSE)}


class RoleSchema:
    """What one role sees of one reading of the catalogs.

    Args:
        catalog: that reading.
        privileges: of the role, among what the catalog tells.
    """

    def __init__(self, catalog: Catalog, privileges: Privileges) -> None:
        self._view = view(catalog, privileges, (*_BUILTINS, QUERY, MUTATION))
        made = (*_of_enums(self._view), *_of_tables(self._view), *_of_rows(self._view))
        self._makers: dict[str, Make] = {**_BUILTINS, **dict(made)}
        self._made: dict[str, GraphType] = {}

    @property
    def catalog(self) -> Catalog:
        return self._view.catalog

    @property
    def role(self) -> str:
        return self._view.privileges.role

    @property
    def privileges(self) -> Privileges:
        return self._view.privileges

    @property
    def view(self) -> View:
        """The tables and enums that are seen, with their names."""
        return self._view

    @cached_property
    def query(self) -> ObjectType:
        return query(self._view, introspection=self.introspection)

    @cached_property
    def mutation(self) -> ObjectType | None:
        return mutation(self._view)

    @cached_property
    def introspection(self) -> bool:
        return any(schema.introspection for schema in self._usable())

    def _usable(self) -> Iterable[Namespace]:
        usable = self._view.privileges.schemas
        return (schema for schema in self.catalog.schemas.values() if schema.name in usable)

    def type(self, name: str) -> GraphType | None:
        made = self._made.get(name)
        if made is None and (make := self._makers.get(name)):
            made = self._made[name] = make()
        if made is None and name == QUERY:
            return self.query
        if made is None and name == MUTATION:
            return self.mutation
        return made

    def names(self) -> list[str]:
        return sorted([*self._makers, QUERY, *([MUTATION] if self.mutation else [])])


def _of_tables(seen: View) -> Iterable[tuple[str, Make]]:
    for table, base in seen.tables():
        allowed = seen.allowed(table)
        made = dict(_READ)
        if allowed.insertable:
            made |= _INSERTED
        if allowed.updatable:
            made |= _UPDATED
        if allowed.delete:
            made |= _DELETED
        for suffix, make in made.items():
            yield base + suffix, partial(make, seen, table, base)
        if table.aggregate:
            yield from _of_aggregates(seen, table, base)


def _of_rows(seen: View) -> Iterable[tuple[str, Make]]:
    for oid, base in seen.rows.items():
        yield base, partial(node, seen, seen.catalog.tables[oid], base)


def _of_aggregates(seen: View, table: Table, base: str) -> Iterable[tuple[str, Make]]:
    yield f"{base}Aggregate", partial(aggregate, seen, table, base)
    for operation in aggregates(seen, table):
        yield result_name(base, operation), partial(aggregate_result, operation, seen, table, base)


def _of_enums(seen: View) -> Iterable[tuple[str, Make]]:
    for oid, name in seen.enums.items():
        yield name, partial(_enum, seen.catalog.enums[oid], name)
        yield scalars.filter_name(name), partial(scalars.enum_filter, name)


def _enum(enum: Enum, name: str) -> EnumType:
    values = (EnumValue(enum.mappings.get(label, label), label) for label in enum.labels)
    return EnumType(name, {value.name: value for value in values}, enum)
