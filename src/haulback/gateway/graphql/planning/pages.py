"""Which page of a collection: first, last, before, after, offset."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from haulback.gateway.graphql.catalog import Table
from haulback.gateway.graphql.meanings import Argument
from haulback.gateway.graphql.model import Field
from haulback.gateway.graphql.planning.planning import Planning
from haulback.gateway.graphql.refused import Refused
from haulback.gateway.graphql.selecting import Asked
from haulback.gateway.graphql.values import Leaf


@dataclass(frozen=True, slots=True)
class Page:
    """One page.

    Attributes:
        limit: rows of it, at most. It stands in the SQL: PostgreSQL plans a limit that it does not know for a tenth of
            the table.
        offset: placeholder of how many rows are left out, where there may be any.
        reverse: whether it is taken from the end.
        cursor: that it begins behind.
    """

    limit: int
    offset: str | None = None
    reverse: bool = False
    cursor: Leaf | None = None


@dataclass(frozen=True, slots=True)
class Size:
    """A number of rows, no more than these; -1 for all below zero."""

    most: int

    def __call__(self, value: Any) -> Hashable:
        return max(-1, min(int(value), self.most))


def page(planning: Planning, of: Field, asked: Asked, table: Table) -> Page:
    """The page that a field asks for.

    Raises:
        Refused: its arguments do not go together.
    """
    first = _size(planning, of, asked, Argument.FIRST, table.max_rows)
    last = _size(planning, of, asked, Argument.LAST, table.max_rows)
    offset = planning.argument(of, asked, Argument.OFFSET)
    skips = isinstance(offset, Leaf) and planning.given.fact(offset, Size(1))
    if skips == -1:
        raise Refused("`offset` must be an unsigned integer")
    before = planning.argument(of, asked, Argument.BEFORE)
    after = planning.argument(of, asked, Argument.AFTER)
    has_before, has_after = isinstance(before, Leaf), isinstance(after, Leaf)
    if first is not None and last is not None:
        raise Refused('only one of "first" and "last" may be provided')
    if has_before and has_after:
        raise Refused('only one of "before" and "after" may be provided')
    if first is not None and has_before:
        raise Refused('"first" may only be used with "after"')
    if last is not None and has_after:
        raise Refused('"last" may only be used with "before"')
    if isinstance(offset, Leaf) and (last is not None or has_before):
        raise Refused('"offset" may only be used with "first" and "after"')
    asked_for = first if first is not None else last
    cursor = before if isinstance(before, Leaf) else after
    return Page(
        table.max_rows if asked_for is None else asked_for,
        f"{planning.binder.value(offset)}::pg_catalog.int8" if skips else None,
        reverse=last is not None or has_before,
        cursor=cursor if isinstance(cursor, Leaf) else None,
    )


def _size(planning: Planning, of: Field, asked: Asked, name: Argument, most: int) -> int | None:
    value = planning.argument(of, asked, name)
    if not isinstance(value, Leaf):
        return None
    size = planning.given.fact(value, Size(most))
    if not isinstance(size, int) or size < 0:
        raise Refused(f"`{name}` must be an unsigned integer")
    return size
