"""orderBy, and what a cursor means in an order."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Any

from haulback.gateway.graphql import cursors
from haulback.gateway.graphql.catalog import Column, Table
from haulback.gateway.graphql.meanings import Argument, ColumnValue
from haulback.gateway.graphql.model import Field, InputType, named
from haulback.gateway.graphql.planning.json import cursor_sql
from haulback.gateway.graphql.planning.planning import Planning
from haulback.gateway.graphql.refused import Refused
from haulback.gateway.graphql.selecting import Asked
from haulback.gateway.graphql.values import Leaf, Rows
from haulback.gateway.quoting import quoted

# Names of the directions: ascending, nulls first.
_DIRECTIONS = {
    "AscNullsFirst": (True, True),
    "AscNullsLast": (True, False),
    "DescNullsFirst": (False, True),
    "DescNullsLast": (False, False),
}


def _itself(value: Any) -> Hashable:
    return value if isinstance(value, str) else None


@dataclass(frozen=True, slots=True)
class Order:
    """One column of an order.

    Attributes:
        nulls: whether there may be some; only then it is said where they go, so that an index fits.
    """

    column: Column
    ascending: bool
    nulls_first: bool
    nulls: bool

    def reversed(self) -> Order:
        return replace(self, ascending=not self.ascending, nulls_first=not self.nulls_first)

    def sql(self, expression: str) -> str:
        direction = "ASC" if self.ascending else "DESC"
        if not self.nulls:
            return f"{expression} {direction}"
        return f"{expression} {direction} NULLS {'FIRST' if self.nulls_first else 'LAST'}"


Orders = tuple[Order, ...]


def orders(planning: Planning, of: Field, asked: Asked, table: Table, *, stored: bool) -> Orders:
    """The order of a collection, which the primary key ends so that it is the same on every page.

    `stored`: whether the rows are the table's own, so that what is not null there is not null here.
    """
    given = planning.argument(of, asked, Argument.ORDER_BY)
    known = planning.schema.type(named(of.arguments[Argument.ORDER_BY].type))
    if isinstance(given, Rows):
        raise Refused("orderBy names a column too often")
    found: list[Order] = []
    for each in given if isinstance(given, list) else ():
        for name, direction in each.items() if isinstance(each, dict) else ():
            if not isinstance(direction, Leaf) or not isinstance(known, InputType):
                continue  # null, or nothing given
            meaning = known.fields[name].meaning
            if not isinstance(meaning, ColumnValue):
                raise Refused("Order re-validation error 4")
            ascending, nulls_first = _DIRECTIONS[str(planning.given.fact(direction, _itself))]
            found.append(Order(meaning.column, ascending, nulls_first, not (stored and meaning.column.not_null)))
    return (*found, *key_order(table, stored=stored))


def key_order(table: Table, *, stored: bool = True) -> Orders:
    """By the primary key."""
    columns = [table.columns[name] for name in table.primary_key]
    return tuple(
        Order(column, ascending=True, nulls_first=False, nulls=not (stored and column.not_null)) for column in columns
    )


def backwards(of: Orders) -> Orders:
    return tuple(each.reversed() for each in of)


def order_sql(of: Orders, block: str) -> str:
    return ", ".join(each.sql(f"{block}.{quoted(each.column.name)}") for each in of)


def cursor_of(of: Orders, block: str) -> str:
    """The cursor of a row."""
    return cursor_sql([f"pg_catalog.to_jsonb({block}.{quoted(each.column.name)})" for each in of])


def after_sql(planning: Planning, of: Orders, block: str, cursor: Leaf) -> str:
    """The condition that a row comes behind a cursor.

    Raises:
        Refused: the cursor cannot be read, or is of another order.
    """
    about = planning.given.fact(cursor, cursors.about_cursor)
    count = cursors.checked(about).count if isinstance(about, cursors.About) else 0
    if count > len(of):
        raise Refused("orderBy clause incompatible with pagination cursor")
    condition = "false"
    values = [_cursor_value(planning, cursor, place, of[place]) for place in range(count)]
    for order, value in reversed(list(zip(of, values, strict=False))):
        condition = _behind(order, f"{block}.{quoted(order.column.name)}", value, condition, whole=count == len(of))
    if count and not of[0].nulls:
        # Says nothing new, but an index can begin there.
        sign = ">=" if of[0].ascending else "<="
        return f"{block}.{quoted(of[0].column.name)} {sign} {values[0]} AND {condition}"
    return condition


def _cursor_value(planning: Planning, cursor: Leaf, place: int, order: Order) -> str:
    return f"{planning.binder.cursor(cursor, place)}::{order.column.sql}"


def _behind(order: Order, column: str, value: str, then: str, *, whole: bool) -> str:
    """The condition that a row comes behind a value, or has the same and something else holds.

    `whole`: whether the cursor says all of the order, as those of an answer do.
    """
    sign = ">" if order.ascending else "<"
    if not order.nulls:
        return f"({column} {sign} {value} OR ({column} = {value} AND {then}))"
    null, other = f"{column} IS NULL", f"{value} IS NULL"
    beyond = f"{column} {sign} {value}"
    if order.nulls_first:
        beyond += f" OR ({column} IS NOT NULL AND {other})"
    elif whole:
        # pg_graphql forgets these, and so the rows behind the last value; here it does so only for a part of a cursor,
        # which somebody must have written.
        beyond += f" OR ({null} AND {value} IS NOT NULL)"
    return f"({beyond} OR (({column} = {value} OR ({null} AND {other})) AND {then}))"
