"""What is given of a table: filters, orders, and the values of new and changed rows."""

from __future__ import annotations

from collections.abc import Iterable

from haulback.gateway.graphql.catalog import Category, SqlType, Table
from haulback.gateway.graphql.meanings import Argument, ColumnValue
from haulback.gateway.graphql.model import Input, InputType, ListOf, Named, NonNull, Purpose, Ref, named
from haulback.gateway.graphql.types import naming, scalars
from haulback.gateway.graphql.types.arguments import by_name
from haulback.gateway.graphql.types.nodes import NODE_ID, readable
from haulback.gateway.graphql.types.view import View

_JSON = frozenset({"json", "jsonb"})  # have no equality
_ALL = "Returns true only if all its inner filters are true, otherwise returns false"
_ANY = "Returns true if at least one of its inner filters is true, otherwise returns false"


def filter_(seen: View, table: Table, base: str) -> InputType:
    """A column that is called `nodeId`, `and`, `or` or `not` takes the place of the word."""
    itself = Named(f"{base}Filter")
    listed = ListOf(NonNull(itself))
    columns = tuple(_filters(seen, table))
    taken = {one.name for one in columns}
    words = (
        Input(NODE_ID, Named(scalars.filter_name("ID")), Argument.NODE_ID),
        Input("and", listed, Argument.AND, _ALL),
        Input("or", listed, Argument.OR, _ANY),
        Input("not", itself, Argument.NOT, "Negates a filter"),
    )
    fields = by_name(*columns, *(word for word in words if word.name not in taken))
    return InputType(itself.name, fields, Purpose.FILTER, table)


def _filters(seen: View, table: Table) -> Iterable[Input]:
    for column, type_ in readable(seen, table):
        name = seen.column_name(table, column)
        of = None if _incomparable(type_) else seen.value(type_)
        filter_type = None if of is None else _filter_of(of)
        if filter_type is not None and naming.valid(name):
            yield Input(name, Named(filter_type), ColumnValue(column, type_))


def _filter_of(of: Ref) -> str | None:
    if isinstance(of, Named):
        return scalars.filter_name(of.name)
    element = named(of)
    plain = isinstance(of, ListOf) and isinstance(of.of, Named) and element in scalars.LISTED
    return scalars.list_filter_name(element) if plain else None


def _incomparable(type_: SqlType) -> bool:
    return type_.schema == "pg_catalog" and type_.name in _JSON


def order_by(seen: View, table: Table, base: str) -> InputType:
    fields = (
        Input(name, Named(scalars.ORDER), ColumnValue(column, type_))
        for column, type_ in readable(seen, table)
        if not _incomparable(type_)
        and type_.category not in {Category.ARRAY, Category.COMPOSITE, Category.TABLE}
        and naming.valid(name := seen.column_name(table, column))
    )
    return InputType(f"{base}OrderBy", by_name(*fields), Purpose.ORDER_BY, table)


def insert_input(seen: View, table: Table, base: str) -> InputType:
    fields = _given(seen, table, seen.allowed(table).insertable)
    return InputType(f"{base}InsertInput", by_name(*fields), Purpose.INSERT_INPUT, table)


def update_input(seen: View, table: Table, base: str) -> InputType:
    fields = _given(seen, table, seen.allowed(table).updatable)
    return InputType(f"{base}UpdateInput", by_name(*fields), Purpose.UPDATE_INPUT, table)


def _given(seen: View, table: Table, allowed: frozenset[str]) -> Iterable[Input]:
    """All may be left out, as a trigger may fill them; what PostgreSQL numbers or computes is not there at all."""
    for column in table.columns.values():
        type_ = seen.type(column.type)
        if type_ is None or column.name not in allowed or column.generated or column.serial:
            continue
        of, name = seen.value(type_), seen.column_name(table, column)
        if of is not None and naming.valid(name):
            yield Input(name, of, ColumnValue(column, type_))
