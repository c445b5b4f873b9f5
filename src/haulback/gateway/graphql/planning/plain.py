"""Tables asked for by their own names: `{ engagement_events(limit: 1) { id } }`.

It is no part of the dialect: only a field that Query does not have is looked at so, and it gives way to the dialect's
error where there is no such table, or anything but a limit and an offset is said.
"""

from __future__ import annotations

from graphql.language import FieldNode, NameNode, SelectionNode

from haulback.gateway.graphql.meanings import Collection, ColumnValue, Fixed
from haulback.gateway.graphql.model import ObjectType, Schema, named
from haulback.gateway.graphql.planning.nodes import node_sql
from haulback.gateway.graphql.planning.orders import key_order, order_sql
from haulback.gateway.graphql.planning.pages import Size
from haulback.gateway.graphql.planning.planning import Planning
from haulback.gateway.graphql.planning.source import qualified
from haulback.gateway.graphql.refused import Refused
from haulback.gateway.graphql.selecting import Asked
from haulback.gateway.graphql.values import Kind, Leaf

_ARGUMENTS = frozenset({"limit", "offset"})


def row_type(schema: Schema, name: str, of_schema: str | None = None) -> ObjectType | None:
    """The type of the rows of a table, where it has a collection: the first of that name, or that of a schema."""
    for field in schema.query.fields.values():
        meaning = field.meaning
        if not isinstance(meaning, Collection) or meaning.table.name != name:
            continue
        if of_schema is None or meaning.table.schema == of_schema:
            return _below(schema, _below(schema, schema.type(named(field.type)), Fixed.EDGES), Fixed.NODE)
    return None


def _below(schema: Schema, of: object, part: Fixed) -> ObjectType | None:
    if not isinstance(of, ObjectType):
        return None
    found = next((field for field in of.fields.values() if field.meaning is part), None)
    type_ = schema.type(named(found.type)) if found else None
    return type_ if isinstance(type_, ObjectType) else None


def plain_sql(planning: Planning, asked: Asked) -> str | None:
    """The rows of a table as a list; None where it is not asked for so.

    Raises:
        Refused: something is asked for that is not there.
    """
    if not asked.arguments.keys() <= _ARGUMENTS or not asked.selections:
        return None
    type_ = row_type(planning.schema, asked.name)
    if type_ is None or type_.table is None:
        return None
    table, block = type_.table, planning.block()
    limit = _number(planning, asked, "limit", table.max_rows)
    rows = Asked(asked.key, asked.name, {}, [_renamed(each, type_) for each in asked.selections])
    row = node_sql(planning, type_, rows, block, 1, planning.ask_rows(limit))
    offset = _offset(planning, asked)
    return (
        f"(SELECT coalesce(pg_catalog.json_agg(page.c1), '[]') FROM (SELECT {row} AS c1 FROM {qualified(table)} "
        f"AS {block} ORDER BY {order_sql(key_order(table), block)} LIMIT {limit}{offset}) AS page)"
    )


def _offset(planning: Planning, asked: Asked) -> str:
    if "offset" not in asked.arguments or _number(planning, asked, "offset", 1) == 0:
        return ""
    return f" OFFSET {planning.binder.value(planning.raw(asked.arguments['offset']))}::pg_catalog.int8"


def _number(planning: Planning, asked: Asked, name: str, most: int) -> int:
    if name not in asked.arguments:
        return most
    value = planning.raw(asked.arguments[name])
    if value is None:
        return most if name == "limit" else 0
    size = planning.given.fact(value, Size(most)) if isinstance(value, Leaf) and value.kind is Kind.INTEGER else -1
    if not isinstance(size, int) or size < 0:
        raise Refused(f"`{name}` must be an unsigned integer")
    return size


def _renamed(node: SelectionNode, type_: ObjectType) -> SelectionNode:
    """A column by the name that the dialect gives it; its key stays as it was asked for."""
    if not isinstance(node, FieldNode) or node.name.value in type_.fields:
        return node
    for field in type_.fields.values():
        if isinstance(field.meaning, ColumnValue) and field.meaning.column.name == node.name.value:
            return FieldNode(
                name=NameNode(value=field.name),
                alias=node.alias or node.name,
                arguments=node.arguments,
                directives=node.directives,
                selection_set=node.selection_set,
            )
    return node
