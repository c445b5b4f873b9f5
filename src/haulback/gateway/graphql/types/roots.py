"""The roots: what can be asked for and what can be changed."""

from __future__ import annotations

from collections.abc import Iterable

from haulback.gateway.graphql.catalog import Table, Volatility
from haulback.gateway.graphql.meanings import (
    Argument,
    ByNodeId,
    ByPrimaryKey,
    Collection,
    ColumnValue,
    Delete,
    Fixed,
    Insert,
    Update,
)
from haulback.gateway.graphql.model import Field, Input, InterfaceType, ListOf, Named, NonNull, ObjectType, Purpose
from haulback.gateway.graphql.types import arguments, naming
from haulback.gateway.graphql.types.functions import functions
from haulback.gateway.graphql.types.nodes import NODE, NODE_ID, readable
from haulback.gateway.graphql.types.view import View

QUERY, MUTATION = "Query", "Mutation"

# Types whose values a key's argument may be; pg_graphql compares the names that columns are declared with.
_KEYS = frozenset({"int2", "int4", "int8", "text", "citext", "uuid"})


def query(seen: View, *, introspection: bool) -> ObjectType:
    """Where two fields would have one name, the first has it: tables before functions."""
    fields = [_by_node_id()]
    for table, base in seen.tables():
        fields.append(_collection(table, base))
        fields.extend(_by_primary_key(seen, table, base))
    fields.extend(functions(seen, frozenset({Volatility.IMMUTABLE, Volatility.STABLE})))
    if introspection:
        fields.extend(_introspection())
    return ObjectType(QUERY, _sorted(fields), Purpose.QUERY, description="The root type for querying data")


def _sorted(fields: Iterable[Field]) -> dict[str, Field]:
    first: dict[str, Field] = {}
    for one in fields:
        first.setdefault(one.name, one)
    return dict(sorted(first.items()))


def _by_node_id() -> Field:
    record = Input(NODE_ID, NonNull(Named("ID")), Argument.NODE_ID, "The record's `ID`")
    return Field("node", Named(NODE), ByNodeId(), arguments.by_name(record), "Retrieve a record by its `ID`")


def _collection(table: Table, base: str) -> Field:
    return Field(
        naming.collection_field(base),
        NonNull(Named(f"{base}Connection")),
        Collection(table),
        arguments.of_connection(base),
        f"A pagable collection of type `{base}`",
    )


def _by_primary_key(seen: View, table: Table, base: str) -> Iterable[Field]:
    """None where the role may not see all of the key, or a part of it is of a type that names no row by itself."""
    types = {column.name: type_ for column, type_ in readable(seen, table)}
    inputs = []
    for name in table.primary_key:
        column, type_ = table.columns[name], types.get(name)
        of = None if type_ is None or type_.name not in _KEYS else seen.value(type_)
        argument = seen.column_name(table, column)
        if type_ is None or of is None or isinstance(of, NonNull) or not naming.valid(argument):
            return
        description = f"The record's `{name}` value"
        inputs.append(Input(argument, NonNull(of), ColumnValue(column, type_), description))
    yield Field(
        naming.by_primary_key_field(base),
        Named(base),
        ByPrimaryKey(table, tuple(table.columns[name] for name in table.primary_key)),
        arguments.by_name(*inputs),
        f"Retrieve a record of type `{base}` by its primary key",
    )


def _introspection() -> Iterable[Field]:
    name = Input("name", Named("String"), Argument.NAME)
    yield Field("__type", Named("__Type"), Fixed.TYPE, arguments.by_name(name))
    yield Field("__schema", NonNull(Named("__Schema")), Fixed.SCHEMA)


def mutation(seen: View) -> ObjectType | None:
    """None where the role may change nothing."""
    fields: list[Field] = []
    for table, base in seen.tables():
        allowed = seen.allowed(table)
        if allowed.insertable:
            fields.append(_insert(table, base))
        if allowed.updatable:
            fields.append(_update(table, base))
        if allowed.delete:
            fields.append(_delete(table, base))
    fields.extend(functions(seen, frozenset({Volatility.VOLATILE})))
    description = "The root type for creating and mutating data"
    return ObjectType(MUTATION, _sorted(fields), Purpose.MUTATION, description=description) if fields else None


def _insert(table: Table, base: str) -> Field:
    given = Input("objects", NonNull(ListOf(NonNull(Named(f"{base}InsertInput")))), Argument.OBJECTS)
    return Field(
        f"insertInto{base}Collection",
        Named(f"{base}InsertResponse"),
        Insert(table),
        arguments.by_name(given),
        f"Adds one or more `{base}` records to the collection",
    )


def _update(table: Table, base: str) -> Field:
    given = Input(
        "set",
        NonNull(Named(f"{base}UpdateInput")),
        Argument.SET,
        "Fields that are set will be updated for all records matching the `filter`",
    )
    return Field(
        f"update{base}Collection",
        NonNull(Named(f"{base}UpdateResponse")),
        Update(table),
        arguments.by_name(given, arguments.narrowing(base), arguments.at_most()),
        f"Updates zero or more records in the `{base}` collection",
    )


def _delete(table: Table, base: str) -> Field:
    return Field(
        f"deleteFrom{base}Collection",
        NonNull(Named(f"{base}DeleteResponse")),
        Delete(table),
        arguments.by_name(arguments.narrowing(base), arguments.at_most()),
        f"Deletes zero or more records from the `{base}` collection",
    )


def response(purpose: Purpose, _: View, table: Table, base: str) -> ObjectType:
    """What a mutation answers."""
    fields = (
        Field(
            "affectedCount",
            NonNull(Named("Int")),
            Fixed.AFFECTED_COUNT,
            description="Count of the records impacted by the mutation",
        ),
        Field(
            "records",
            NonNull(ListOf(NonNull(Named(base)))),
            Fixed.RECORDS,
            description="Array of records impacted by the mutation",
        ),
    )
    return ObjectType(f"{base}{purpose}", {one.name: one for one in fields}, purpose, table)


def node_interface() -> InterfaceType:
    """Rows of any table."""
    field = Field(NODE_ID, NonNull(Named("ID")), Fixed.NODE_ID, description="Retrieves a record by `ID`")
    return InterfaceType(NODE, {NODE_ID: field})
