"""The type of a table's rows: columns, the ways to other tables, and functions of the row."""

from __future__ import annotations

from collections.abc import Iterable

from haulback.gateway.graphql.catalog import Category, Column, ForeignKey, Function, SqlType, Table
from haulback.gateway.graphql.meanings import ColumnValue, Computed, NodeId, ToMany, ToOne
from haulback.gateway.graphql.model import Field, Named, NonNull, ObjectType, Purpose, Ref
from haulback.gateway.graphql.types import arguments, naming
from haulback.gateway.graphql.types.view import View

NODE = "Node"
NODE_ID = "nodeId"


def node(seen: View, table: Table, base: str) -> ObjectType:
    """Where two fields would have one name, functions go before ways, ways before columns."""
    identifier = Field(NODE_ID, NonNull(Named("ID")), NodeId(table), description="Globally Unique Record Identifier")
    fields = (
        *([identifier] if table.primary_key else ()),
        *_columns(seen, table),
        *_out(seen, table),
        *_back(seen, table),
        *_computed(seen, table),
    )
    by_name = {one.name: one for one in fields if naming.valid(one.name)}
    # A column that is called like the identifier takes its place, and rows without one are no nodes.
    identified = by_name.get(NODE_ID) is identifier
    return ObjectType(
        name=base,
        fields=by_name,
        purpose=Purpose.NODE,
        table=table,
        description=table.description,
        interfaces=(NODE,) if identified else (),
    )


def readable(seen: View, table: Table) -> Iterable[tuple[Column, SqlType]]:
    """The columns that the role may select, but for those of types that it may not use."""
    selectable = seen.allowed(table).selectable
    for column in table.columns.values():
        type_ = seen.type(column.type)
        if column.name in selectable and type_ is not None:
            yield column, type_


def _columns(seen: View, table: Table) -> Iterable[Field]:
    for column, type_ in readable(seen, table):
        of = seen.value(type_)
        if of is not None:
            yield Field(
                seen.column_name(table, column),
                _required(of) if column.not_null else of,
                ColumnValue(column, type_),
                description=column.description,
            )


def _required(of: Ref) -> NonNull:
    return of if isinstance(of, NonNull) else NonNull(of)


def _out(seen: View, table: Table) -> Iterable[Field]:
    for key in seen.ways_out.get(table.oid, ()):
        foreign = seen.catalog.tables[key.foreign_table]
        base = seen.bases[foreign.oid]
        inflect = seen.inflects(foreign.schema)
        name = key.foreign_name or naming.to_one_field(key.columns, base, inflect=inflect)
        pairs = tuple(zip(key.columns, key.foreign_columns, strict=True))
        yield Field(name, _there(key, table, foreign, base), ToOne(foreign, pairs, key))


def _there(key: ForeignKey, table: Table, foreign: Table, base: str) -> Ref:
    """Never null where the key is not and no policy can hide the row that it leads to."""
    certain = all(table.columns[name].not_null for name in key.columns) and not foreign.row_security
    return NonNull(Named(base)) if certain else Named(base)


def _back(seen: View, table: Table) -> Iterable[Field]:
    for key in seen.ways_in.get(table.oid, ()):
        other = seen.catalog.tables[key.table]
        base = seen.bases[other.oid]
        pairs = tuple(zip(key.foreign_columns, key.columns, strict=True))
        if any(one <= set(key.columns) for one in other.unique):
            inflect = seen.inflects(other.schema)
            name = key.local_name or naming.to_one_field(key.foreign_columns, base, inflect=inflect)
            yield Field(name, Named(base), ToOne(other, pairs, key, reverse=True))
        else:
            yield Field(
                key.local_name or naming.collection_field(base),
                Named(f"{base}Connection"),
                ToMany(other, pairs, key),
                arguments.of_connection(base),
            )


def _computed(seen: View, table: Table) -> Iterable[Field]:
    # A function is given the whole row, so the whole row must be the role's to select.
    if not seen.allowed(table).select:
        return
    for function in seen.computed.get(table.row_type, ()):
        type_ = seen.type(function.returns)
        if type_ is not None and (field := _of_row(seen, function, type_)):
            yield field


def _of_row(seen: View, function: Function, type_: SqlType) -> Field | None:
    name = naming.function_field(function.name, function.graphql_name, inflect=seen.inflects(function.schema))
    if type_.category is Category.TABLE:
        found = seen.table_of(type_) if function.is_set else seen.row_of(type_)
        return None if found is None else _rows(function, type_, *found, name)
    of = None if function.is_set else seen.value(type_)
    return None if of is None else Field(name, of, Computed(function, type_), description=function.description)


def _rows(function: Function, type_: SqlType, table: Table, base: str, name: str) -> Field:
    return Field(
        name,
        Named(f"{base}Connection") if function.is_set else Named(base),
        Computed(function, type_, table, many=function.is_set),
        arguments.of_connection(base) if function.is_set else {},
        function.description,
    )
