"""filter: which rows are meant."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

from haulback.gateway.graphql import cursors
from haulback.gateway.graphql.catalog import Column, Table
from haulback.gateway.graphql.meanings import Argument, ColumnValue, Operator
from haulback.gateway.graphql.model import Field, Input, InputType, named
from haulback.gateway.graphql.planning.planning import Planning
from haulback.gateway.graphql.refused import Refused
from haulback.gateway.graphql.selecting import Asked
from haulback.gateway.graphql.values import Absent, Kind, Leaf, Value
from haulback.gateway.quoting import quoted

_SIGNS: Mapping[Operator, str] = {
    Operator.EQ: "=",
    Operator.NEQ: "<>",
    Operator.LT: "<",
    Operator.LTE: "<=",
    Operator.GT: ">",
    Operator.GTE: ">=",
    Operator.IN: "= ANY",
    Operator.STARTS_WITH: "^@",
    Operator.LIKE: "LIKE",
    Operator.ILIKE: "ILIKE",
    Operator.REGEX: "~",
    Operator.IREGEX: "~*",
    Operator.CONTAINS: "@>",
    Operator.CONTAINED_BY: "<@",
    Operator.OVERLAPS: "&&",
}
_OF_ARRAYS = frozenset({Operator.IN, Operator.CONTAINS, Operator.CONTAINED_BY, Operator.OVERLAPS})


def _itself(value: Any) -> Hashable:
    return value if isinstance(value, str) else None


def filter_sql(planning: Planning, of: Field, asked: Asked, table: Table, block: str) -> list[str]:
    """The conditions of the argument; all of them must hold.

    Raises:
        Refused: it is no filter of this table.
    """
    value = planning.argument(of, asked, Argument.FILTER)
    known = planning.schema.type(named(of.arguments[Argument.FILTER].type))
    if not isinstance(known, InputType):
        raise Refused("Could not locate Filter Entity type")
    return _conditions(planning, known, value, table, block)


def _conditions(planning: Planning, known: InputType, value: Value, table: Table, block: str) -> list[str]:
    if not isinstance(value, dict):
        return []
    found: list[str] = []
    for name, given in value.items():
        field = known.fields[name]
        if given is None or isinstance(given, Absent):
            continue
        match field.meaning:
            case Argument.NOT:
                inner = _conditions(planning, known, given, table, block)
                found += [f"NOT ({' AND '.join(inner)})"] if inner else []
            case Argument.AND | Argument.OR:
                found += _joined(planning, known, field, given, table, block)
            case _:
                found += _compared(planning, field, given, table, block)
    return found


def _joined(planning: Planning, known: InputType, field: Input, given: Value, table: Table, block: str) -> list[str]:
    """Filters of which all or one must hold; one that says nothing is left out."""
    inner = [_conditions(planning, known, each, table, block) for each in given] if isinstance(given, list) else []
    said = [f"({' AND '.join(each)})" for each in inner if each]
    word = " AND " if field.meaning is Argument.AND else " OR "
    return [f"({word.join(said)})"] if said else []


def _compared(planning: Planning, field: Input, given: Value, table: Table, block: str) -> list[str]:
    """The comparisons of one column, or of the node identifier."""
    known = planning.schema.type(named(field.type))
    if not isinstance(given, dict) or not isinstance(known, InputType):
        return []
    found: list[str] = []
    for name, value in given.items():
        if isinstance(value, Absent):
            continue
        operator = known.fields[name].meaning
        if isinstance(field.meaning, ColumnValue) and isinstance(operator, Operator):
            found.append(_comparison(planning, field.meaning.column, operator, value, block))
        else:
            found.append(node_sql(planning, value, table, block))
    return found


def _comparison(planning: Planning, column: Column, operator: Operator, value: Value, block: str) -> str:
    expression = f"{block}.{quoted(column.name)}"
    if operator is Operator.IS:
        return f"{expression} {_null_or_not(planning, value)}"
    cast = column.sql
    if operator in _OF_ARRAYS and not cast.endswith("[]"):
        cast += "[]"
    return f"{expression} {_SIGNS[operator]} ({planning.binder.value(value)}::{cast})"


def _null_or_not(planning: Planning, value: Value) -> str:
    if not isinstance(value, Leaf):
        raise Refused("Error transpiling Is filter value type")
    match planning.given.fact(value, _itself):
        case "NULL":
            return "IS NULL"
        case "NOT_NULL":
            return "IS NOT NULL"
    raise Refused("Error transpiling Is filter value")


def about_node(planning: Planning, value: Value) -> tuple[Leaf, cursors.About]:
    """A node identifier, and what can be read in it.

    Raises:
        Refused: nothing can.
    """
    if not isinstance(value, Leaf) or value.kind is not Kind.STRING:
        raise Refused("Invalid value passed to nodeId argument, Error 1")
    about = planning.given.fact(value, cursors.about_node)
    if not isinstance(about, cursors.About):
        raise Refused("Invalid value passed to nodeId argument, Error 1")
    return value, cursors.checked(about)


def node_sql(planning: Planning, value: Value, table: Table, block: str) -> str:
    """The condition that a row is the one of a node identifier.

    Raises:
        Refused: it cannot be read, or is of another table.
    """
    leaf, about = about_node(planning, value)
    if about.table != (table.schema, table.name):
        raise Refused("nodeId belongs to a different collection")
    expected = len(table.primary_key)
    if about.count != expected:
        raise Refused(f"Primary key column count mismatch. Expected {expected}, provided {about.count}")
    columns = [table.columns[name] for name in table.primary_key]
    return " AND ".join(
        f"{block}.{quoted(column.name)} = ({planning.binder.node(leaf, place)}::{column.sql})"
        for place, column in enumerate(columns)
    )
