"""A page of rows as a connection.

The rows of the page are one subquery, `page`, which yields each edge that is asked for; what else a connection tells
is a subquery of its own, and is only there where it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

from haulback.gateway.graphql.meanings import TYPENAME, Argument, Fixed
from haulback.gateway.graphql.model import Field, ObjectType
from haulback.gateway.graphql.planning import nodes
from haulback.gateway.graphql.planning.aggregates import aggregate_sql
from haulback.gateway.graphql.planning.filters import filter_sql
from haulback.gateway.graphql.planning.json import json_object
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


# Writes an expression once all is known that is asked for.
_Write = Callable[[], str]


@dataclass(slots=True)
class _Connection:
    """What is known of a connection while it is written.

    Attributes:
        block: the name of a row.
        filters: conditions of all rows that are meant.
        order: as it is asked for.
        behind: condition of those behind the cursor.
        columns: of the page: names by expression.
        looks: whether it is asked for whether there are rows behind the page.
        peeks: whether the page is taken with one row more, which tells that.
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
    looks: bool = False
    peeks: bool = False

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

    def within(self) -> str:
        """The FILTER of an aggregate over the page, which leaves out the row behind it."""
        return f" FILTER (WHERE page.n <= {self.page.limit})" if self.peeks else ""


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
    beyond = of.planning.beyond
    writers = [(each.key, _value(of, type_, each)) for each in of.planning.fields(asked, type_, of.depth + 1)]
    # One row more costs less than to look again, but for a row that nobody asked for nothing must be called or joined.
    of.peeks = of.looks and of.page.limit > 0 and of.planning.beyond == beyond
    value = json_object([(key, write()) for key, write in writers])
    if not of.columns:
        return f"(SELECT {value})"
    columns = ", ".join(f"{expression} AS {name}" for expression, name in of.columns.items())
    offset = f" OFFSET {of.page.offset}" if of.page.offset else ""
    limit = of.page.limit + 1 if of.peeks else of.page.limit
    page_ = "(SELECT page.*, pg_catalog.row_number() OVER () AS n FROM page) AS page" if of.peeks else "page"
    return (
        f"(WITH page AS (SELECT {columns} FROM {of.source.sql(of.block)} WHERE {of.where(*of.behind)} "
        f"ORDER BY {order_sql(of.taken, of.block)} LIMIT {limit}{offset}) SELECT {value} FROM {page_} HAVING true)"
    )


def _value(of: _Connection, type_: ObjectType, asked: Asked) -> _Write:
    if asked.name == TYPENAME:
        return partial(literal, type_.name)
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
            return partial(of.all_rows, "pg_catalog.count(*)")
        case Fixed.AGGREGATE:
            aggregate = aggregate_sql(of.planning, of.planning.object_type(found), asked, of.block, of.depth + 1)
            return partial(of.all_rows, aggregate)
    raise Refused(f"unknown field type on connection: {asked.name}")


def _edges(of: _Connection, type_: ObjectType, asked: Asked) -> _Write:
    fields = of.planning.fields(asked, type_, of.depth + 2)
    edge = json_object([(each.key, _of_edge(of, type_, each)) for each in fields])
    of.needs_page()
    return lambda: f"coalesce(pg_catalog.json_agg({edge}{of.in_order()}){of.within()}, '[]')"


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


def _page_info(of: _Connection, type_: ObjectType, asked: Asked) -> _Write:
    fields = of.planning.fields(asked, type_, of.depth + 2)
    writers = [(each.key, _of_page_info(of, type_, each)) for each in fields]
    return lambda: json_object([(key, write()) for key, write in writers])


def _of_page_info(of: _Connection, type_: ObjectType, asked: Asked) -> _Write:
    if asked.name == TYPENAME:
        return partial(literal, type_.name)
    found = type_.fields.get(asked.name)
    match found.meaning if found else None:
        case Fixed.START_CURSOR:
            return lambda: f"(pg_catalog.array_agg({of.cursor()}{of.in_order()}){of.within()})[1]"
        case Fixed.END_CURSOR:
            return lambda: (
                f"(pg_catalog.array_agg({of.cursor()}{of.in_order()}){of.within()})[pg_catalog.count(*){of.within()}]"
            )
        case Fixed.HAS_NEXT_PAGE:
            return _earlier(of) if of.page.reverse else _further(of)
        case Fixed.HAS_PREVIOUS_PAGE:
            return _further(of) if of.page.reverse else _earlier(of)
        case None:
            raise Refused("unknown field in pageInfo")
    raise Refused("unexpected field type on pageInfo")


def _further(of: _Connection) -> _Write:
    """Whether there are rows where the page ends."""
    of.looks = True
    of.needs_page()
    return lambda: f"(pg_catalog.count(*) > {of.page.limit})" if of.peeks else _looked(of)


def _looked(of: _Connection) -> str:
    """The same by looking for one: there is none where the page is not full."""
    skipped = f"{of.page.limit} + {of.page.offset}" if of.page.offset else str(of.page.limit)
    more = f"SELECT FROM {of.source.sql(of.block)} WHERE {of.where(*of.behind)} OFFSET {skipped} LIMIT 1"
    return of.planning.subquery(f"(pg_catalog.count(*) = {of.page.limit} AND EXISTS ({more}))")


def _earlier(of: _Connection) -> _Write:
    """Whether there are rows where the page begins: whether the first of all is not on it."""
    return partial(_first_elsewhere, of) if of.behind or of.page.offset else lambda: "false"


def _first_elsewhere(of: _Connection) -> str:
    key = [(name, of.column(f"{of.block}.{quoted(name)}")) for name in of.source.table.primary_key]
    there = ", ".join(f"page.{column}" for _, column in key)
    here = ", ".join(f"{of.block}.{quoted(name)}" for name, _ in key)
    return of.planning.subquery(
        f"coalesce((SELECT ({here}) NOT IN (SELECT {there} FROM page) FROM {of.source.sql(of.block)} "
        f"WHERE {of.where()} AND EXISTS (SELECT FROM page) ORDER BY {order_sql(of.taken, of.block)} LIMIT 1), false)"
    )
