"""A page of rows as a connection.

The rows of the page are one subquery, `page`, which yields each edge that is asked for; what else a connection tells
is a subquery of its own, and is only there where it is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from haulback.gateway.graphql.model import TYPENAME, Argument, Field, Fixed, ObjectType
from haulback.gateway.graphql.planning import nodes
from haulback.gateway.graphql.planning.aggregates import aggregate_sql
from haulback.gateway.graphql.planning.filters import filter_sql
from haulback.gateway.graphql.planning.json import Pair, json_object
from haulback.gateway.graphql.planning.orders import Orders, after_sql, backwards, cursor_of, order_sql, orders
from haulback.gateway.graphql.planning.pages import Page, page
from haulback.gateway.graphql.planning.planning import Planning, only
from haulback.gateway.graphql.planning.source import Source
from haulback.gateway.graphql.refused import Refused, Unseen
from haulback.gateway.graphql.selecting import Asked
from haulback.gateway.quoting import literal, quoted

_ARGUMENTS = (
    Argument.FIRST,
    Argument.LAST,
    Argument.BEFORE,
    Argument.AFTER,
    Argument.OFFSET,
    Argument.FILTER,
    Argument.ORDER_BY,
)


@dataclass(slots=True)
class _Connection:
    """What is known of a connection while it is written.

    Attributes:
        block: the name of a row.
        filters: conditions of all rows that are meant.
        order: as it is asked for.
        behind: condition of those behind the cursor.
        columns: of the page: names by expression.
    """

    planning: Planning
    source: Source
    block: str
    page: Page
    filters: list[str]
    order: Orders
    behind: list[str]
    depth: int
    rows: int
    columns: dict[str, str] = field(default_factory=dict)

    @property
    def taken(self) -> Orders:
        """The order in which the page is taken: from its other end where it goes backwards."""
        return backwards(self.order) if self.page.reverse else self.order

    def where(self, *more: str) -> str:
        return " AND ".join([*self.source.conditions(self.block), *self.filters, *more]) or "true"

    def all_rows(self, select: str) -> str:
        """A subquery over all rows that are meant, whatever the page."""
        return self.planning.subquery(f"(SELECT {select} FROM {self.source.sql(self.block)} WHERE {self.where()})")

    def column(self, expression: str) -> str:
        """The name of a column of the page."""
        return self.columns.setdefault(expression, f"c{len(self.columns) + 1}")

    def needs_page(self) -> None:
        """There is a page even where nothing of its rows is asked for."""
        if not self.columns:
            self.column("true")

    def cursor(self) -> str:
        """The cursor of a row of the page."""
        return f"page.{self.column(cursor_of(self.order, self.block))}"

    def in_order(self) -> str:
        """The ORDER BY of an aggregate over the page, which needs none where the page came in order."""
        if not self.page.reverse:
            return ""
        names = {each.column.name: self.column(f"{self.block}.{quoted(each.column.name)}") for each in self.order}
        return f" ORDER BY {', '.join(each.sql(f'page.{names[each.column.name]}') for each in self.order)}"


def collection_sql(
    planning: Planning,
    of: Field,
    asked: Asked,
    source: Source,
    depth: int,
    rows: int = 1,
    extra: tuple[str, ...] = (),
) -> str:
    """The connection that a field asks for.

    Args:
        planning: of the request.
        of: the field.
        asked: as it is asked for.
        source: of the rows.
        depth: of the field.
        rows: how many such connections there may be.
        extra: names of arguments that mean something else.

    Raises:
        Refused: something is asked for that is not there, or not so.
    """
    only(asked, (*_ARGUMENTS, *extra))
    block = planning.block()
    asked_page = page(planning, of, asked, source.table)
    filters = filter_sql(planning, of, asked, source.table, block)
    order = orders(planning, of, asked, source.table, stored=source.stored)
    taken = backwards(order) if asked_page.reverse else order
    behind = [after_sql(planning, taken, block, asked_page.cursor)] if asked_page.cursor else []
    at_most = planning.ask_rows(rows * asked_page.limit)
    connection = _Connection(planning, source, block, asked_page, filters, order, behind, depth, at_most)
    return _written(connection, planning.object_type(of), asked)


def _written(of: _Connection, type_: ObjectType, asked: Asked) -> str:
    pairs = [(each.key, _value(of, type_, each)) for each in of.planning.fields(asked, type_, of.depth + 1)]
    value = json_object(pairs)
    if not of.columns:
        return f"(SELECT {value})"
    columns = ", ".join(f"{expression} AS {name}" for expression, name in of.columns.items())
    offset = f" OFFSET {of.page.offset}" if of.page.offset else ""
    return (
        f"(WITH page AS (SELECT {columns} FROM {of.source.sql(of.block)} WHERE {of.where(*of.behind)} "
        f"ORDER BY {order_sql(of.taken, of.block)} LIMIT {of.page.limit}{offset}) SELECT {value} FROM page HAVING true)"
    )


def _value(of: _Connection, type_: ObjectType, asked: Asked) -> str:
    if asked.name == TYPENAME:
        return literal(type_.name)
    found = type_.fields.get(asked.name)
    if found is None:
        if asked.name == Fixed.AGGREGATE:
            raise Refused("enable the aggregate directive to use aggregates")
        raise Unseen("unknown field in connection")
    match found.meaning:
        case Fixed.EDGES:
            return _edges(of, of.planning.object_type(found), asked)
        case Fixed.PAGE_INFO:
            return _page_info(of, of.planning.object_type(found), asked)
        case Fixed.TOTAL_COUNT:
            return of.all_rows("pg_catalog.count(*)")
        case Fixed.AGGREGATE:
            aggregate = aggregate_sql(of.planning, of.planning.object_type(found), asked, of.block, of.depth + 1)
            return of.all_rows(aggregate)
    raise Refused(f"unknown field type on connection: {asked.name}")


def _edges(of: _Connection, type_: ObjectType, asked: Asked) -> str:
    fields = of.planning.fields(asked, type_, of.depth + 2)
    edge = json_object([(each.key, _of_edge(of, type_, each)) for each in fields])
    of.needs_page()
    return f"coalesce(pg_catalog.json_agg({edge}{of.in_order()}), '[]')"


def _of_edge(of: _Connection, type_: ObjectType, asked: Asked) -> str:
    if asked.name == TYPENAME:
        return literal(type_.name)
    found = type_.fields.get(asked.name)
    if found is None:
        raise Refused("unknown field in edge")
    match found.meaning:
        case Fixed.CURSOR:
            return of.cursor()
        case Fixed.NODE:
            only(asked, ())
            row = of.planning.object_type(found)
            value = nodes.node_sql(of.planning, row, asked, of.block, of.depth + 2, of.rows)
            return f"page.{of.column(value)}"
    raise Refused("unexpected field type on edge")


def _page_info(of: _Connection, type_: ObjectType, asked: Asked) -> str:
    fields = of.planning.fields(asked, type_, of.depth + 2)
    pairs: list[Pair] = [(each.key, _of_page_info(of, type_, each)) for each in fields]
    return json_object(pairs)


def _of_page_info(of: _Connection, type_: ObjectType, asked: Asked) -> str:
    if asked.name == TYPENAME:
        return literal(type_.name)
    found = type_.fields.get(asked.name)
    match found.meaning if found else None:
        case Fixed.START_CURSOR:
            return f"(pg_catalog.array_agg({of.cursor()}{of.in_order()}))[1]"
        case Fixed.END_CURSOR:
            cursors = f"pg_catalog.array_agg({of.cursor()}{of.in_order()})"
            return f"({cursors})[pg_catalog.count(*)]"
        case Fixed.HAS_NEXT_PAGE:
            return _earlier(of) if of.page.reverse else _further(of)
        case Fixed.HAS_PREVIOUS_PAGE:
            return _further(of) if of.page.reverse else _earlier(of)
        case None:
            raise Refused("unknown field in pageInfo")
    raise Refused("unexpected field type on pageInfo")


def _further(of: _Connection) -> str:
    """Whether there are rows where the page ends: none where it is not full, which saves looking."""
    of.needs_page()
    skipped = f"{of.page.limit} + {of.page.offset}" if of.page.offset else str(of.page.limit)
    more = f"SELECT FROM {of.source.sql(of.block)} WHERE {of.where(*of.behind)} OFFSET {skipped} LIMIT 1"
    return of.planning.subquery(f"(pg_catalog.count(*) = {of.page.limit} AND EXISTS ({more}))")


def _earlier(of: _Connection) -> str:
    """Whether there are rows where the page begins: whether the first of all is not on it."""
    if not of.behind and not of.page.offset:
        return "false"
    key = [(name, of.column(f"{of.block}.{quoted(name)}")) for name in of.source.table.primary_key]
    there = ", ".join(f"page.{column}" for _, column in key)
    here = ", ".join(f"{of.block}.{quoted(name)}" for name, _ in key)
    return of.planning.subquery(
        f"coalesce((SELECT ({here}) NOT IN (SELECT {there} FROM page) FROM {of.source.sql(of.block)} "
        f"WHERE {of.where()} AND EXISTS (SELECT FROM page) ORDER BY {order_sql(of.taken, of.block)} LIMIT 1), false)"
    )
