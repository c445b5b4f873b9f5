"""One row as an object: its columns, its relations, what is computed of it."""

from __future__ import annotations

from collections.abc import Sequence

from haulback.gateway.graphql.catalog import Function, Table
from haulback.gateway.graphql.meanings import TYPENAME, ColumnValue, Computed, NodeId, ToMany, ToOne
from haulback.gateway.graphql.model import Field, ObjectType
from haulback.gateway.graphql.planning import collections
from haulback.gateway.graphql.planning.json import cursor_sql, json_object, value_sql
from haulback.gateway.graphql.planning.planning import Planning, only
from haulback.gateway.graphql.planning.source import Source, relation
from haulback.gateway.graphql.refused import Refused, Unseen
from haulback.gateway.graphql.selecting import Asked
from haulback.gateway.quoting import literal, quoted


def node_sql(planning: Planning, of: ObjectType, asked: Asked, block: str, depth: int, rows: int = 1) -> str:
    """The object of a row.

    Args:
        planning: of the request.
        of: the type of the row.
        asked: the field that has it as its value.
        block: the name of the row in SQL.
        depth: of the field.
        rows: that there may be of it.

    Raises:
        Refused: something is asked for that is not there, or not so.
    """
    fields = planning.fields(asked, of, depth + 1)
    return json_object([(each.key, _value(planning, of, each, block, depth + 1, rows)) for each in fields])


def _value(planning: Planning, of: ObjectType, asked: Asked, block: str, depth: int, rows: int) -> str:
    if asked.name == TYPENAME:
        return literal(of.name)
    field = of.fields.get(asked.name)
    if field is None:
        raise Unseen(f"Unknown field '{asked.name}' on type '{of.name}'")
    match field.meaning:
        case ColumnValue():
            return value_sql(
                _column(planning, field, f"{block}.{quoted(field.meaning.column.name)}"), field.meaning.type
            )
        case NodeId(table):
            return node_id_sql(table, block)
    planning.beyond += 1
    match field.meaning:
        case ToOne():
            return _to_one(planning, field, field.meaning, asked, block, depth, rows)
        case ToMany(table, pairs):
            source = relation(table, pairs, block)
            return collections.collection_sql(planning, field, asked, source, depth, rows)
        case Computed():
            return _computed(planning, of, field, field.meaning, asked, block, depth, rows)
    raise Refused(f"unexpected field type on node {field.name}")


def _column(planning: Planning, field: Field, expression: str) -> str:
    """A column; of an enum whose comment gives its labels other names, those."""
    meaning = field.meaning
    if not isinstance(meaning, ColumnValue):
        return expression
    enum = planning.schema.catalog.enums.get(meaning.column.type)
    if enum is None or not enum.mappings:
        return expression
    whens = " ".join(
        f"WHEN {expression} = {literal(label)} THEN {literal(name)}" for label, name in enum.mappings.items()
    )
    return planning.subquery(f"CASE {whens} ELSE {expression}::pg_catalog.text END")


def node_id_sql(table: Table, block: str) -> str:
    """The node identifier of a row."""
    key = [f"{block}.{quoted(name)}" for name in table.primary_key]
    return cursor_sql([literal(table.schema), literal(table.name), *key])


def _to_one(planning: Planning, field: Field, meaning: ToOne, asked: Asked, block: str, depth: int, rows: int) -> str:
    only(asked, ())
    there = planning.block()
    source = relation(meaning.table, meaning.pairs, block)
    value = node_sql(planning, planning.object_type(field), asked, there, depth, planning.ask_rows(rows))
    return f"(SELECT {value} FROM {source.sql(there)} WHERE {source.joined(there)})"


def called(function: Function, arguments: Sequence[str]) -> str:
    return f"{quoted(function.schema)}.{quoted(function.name)}({', '.join(arguments)})"


def _computed(
    planning: Planning,
    of: ObjectType,
    field: Field,
    meaning: Computed,
    asked: Asked,
    block: str,
    depth: int,
    rows: int,
) -> str:
    if of.table is None:
        raise Refused(f"unexpected field type on node {field.name}")
    row = f"{block}::{quoted(of.table.schema)}.{quoted(of.table.name)}"
    call = called(meaning.function, [row])
    if meaning.table is None:
        return value_sql(call, meaning.type)
    if meaning.many:
        return collections.collection_sql(planning, field, asked, Source(meaning.table, call), depth, rows)
    only(asked, ())
    there = planning.block()
    value = node_sql(planning, planning.object_type(field), asked, there, depth, planning.ask_rows(rows))
    return f"(SELECT {value} FROM {call} AS {there} WHERE NOT ({there} IS NULL))"
