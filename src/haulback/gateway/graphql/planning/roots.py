"""Fields of Query: collections, rows by key or identifier, functions."""

from __future__ import annotations

from haulback.gateway.graphql.catalog import Parameter
from haulback.gateway.graphql.meanings import Argument, ByNodeId, ByPrimaryKey, Call, Collection, Fixed
from haulback.gateway.graphql.model import Field
from haulback.gateway.graphql.planning.collections import collection_sql
from haulback.gateway.graphql.planning.filters import about_node
from haulback.gateway.graphql.planning.filters import node_sql as node_condition
from haulback.gateway.graphql.planning.json import value_sql
from haulback.gateway.graphql.planning.nodes import called, node_sql
from haulback.gateway.graphql.planning.plain import row_type
from haulback.gateway.graphql.planning.planning import Planning, only
from haulback.gateway.graphql.planning.source import Source, qualified
from haulback.gateway.graphql.refused import Refused, Unseen
from haulback.gateway.graphql.selecting import Asked
from haulback.gateway.graphql.values import Absent
from haulback.gateway.quoting import quoted


def calls(field: Field | None) -> bool:
    """Whether a field calls a function at the top."""
    return field is not None and isinstance(field.meaning, Call)


def root_sql(planning: Planning, field: Field | None, asked: Asked) -> str:
    """The expression of one field: JSON.

    Raises:
        Refused: something is asked for that is not there, or not so.
    """
    match field.meaning if field is not None else None:
        case Collection(table) if field is not None:
            return collection_sql(planning, field, asked, Source(table), 1)
        case ByNodeId() if field is not None:
            return _by_node_id(planning, field, asked)
        case ByPrimaryKey() as meaning if field is not None:
            return _by_key(planning, field, meaning, asked)
        case Call() as meaning if field is not None:
            return _call(planning, field, meaning, asked)
    raise Refused(f"can not build query for field {asked.name}")


def _by_node_id(planning: Planning, field: Field, asked: Asked) -> str:
    only(asked, (Argument.NODE_ID,))
    value = planning.argument(field, asked, Argument.NODE_ID)
    _, about = about_node(planning, value)
    type_ = row_type(planning.schema, about.table[1], about.table[0]) if about.table else None
    if type_ is None or type_.table is None:
        raise Refused("Collection referenced by nodeId did not match any known collection")
    block = planning.block()
    where = node_condition(planning, value, type_.table, block)
    row = node_sql(planning, type_, asked, block, 1)
    return f"(SELECT {row} FROM {qualified(type_.table)} AS {block} WHERE {where} LIMIT 1)"


def _by_key(planning: Planning, field: Field, meaning: ByPrimaryKey, asked: Asked) -> str:
    by_argument = dict(zip(field.arguments, meaning.columns, strict=True))
    block = planning.block()
    given = {name: planning.raw(node) for name, node in asked.arguments.items() if name in by_argument}
    missing = [column.name for name, column in by_argument.items() if name not in given]
    if missing:
        raise Refused(f"Missing primary key column(s): {', '.join(missing)}")
    where = " AND ".join(
        f"{block}.{quoted(by_argument[name].name)} = ({planning.binder.value(value)}::{by_argument[name].sql})"
        for name, value in given.items()
    )
    type_ = planning.object_type(field)
    for each in planning.fields(asked, type_, 1):
        if each.name not in type_.fields and each.name != Fixed.TYPENAME:
            raise Unseen(f'Unknown field "{each.name}" on type {type_.name}')
    row = node_sql(planning, type_, asked, block, 1)
    return f"(SELECT {row} FROM {qualified(meaning.table)} AS {block} WHERE {where} LIMIT 1)"


def _call(planning: Planning, field: Field, meaning: Call, asked: Asked) -> str:
    only(asked, tuple(field.arguments))
    block = planning.block()
    given = []
    for name, argument in field.arguments.items():
        value = planning.argument(field, asked, name)
        if isinstance(argument.meaning, Parameter) and not isinstance(value, Absent):
            placeholder = planning.binder.value(value)
            given.append(f"{quoted(argument.meaning.name)} => ({placeholder}::{argument.meaning.sql})")
    call = called(meaning.function, given)
    if meaning.table is None:
        returned = planning.schema.catalog.types[meaning.function.returns]
        return f"pg_catalog.to_json({value_sql(call, returned)})"
    if meaning.many:
        return collection_sql(planning, field, asked, Source(meaning.table, call), 1, extra=tuple(field.arguments))
    row = node_sql(planning, planning.object_type(field), asked, block, 1)
    return f"(SELECT {row} FROM {call} AS {block} WHERE NOT ({block} IS NULL))"
