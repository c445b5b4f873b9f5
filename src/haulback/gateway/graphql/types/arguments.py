"""Arguments that fields of many tables have alike."""

from __future__ import annotations

from collections.abc import Mapping

from haulback.gateway.graphql.meanings import Argument
from haulback.gateway.graphql.model import Input, ListOf, Named, NonNull

_INT, _CURSOR = Named("Int"), Named("Cursor")
_PAGES = (
    Input("first", _INT, Argument.FIRST, "Query the first `n` records in the collection"),
    Input("last", _INT, Argument.LAST, "Query the last `n` records in the collection"),
    Input("before", _CURSOR, Argument.BEFORE, "Query values in the collection before the provided cursor"),
    Input("after", _CURSOR, Argument.AFTER, "Query values in the collection after the provided cursor"),
    Input(
        "offset",
        _INT,
        Argument.OFFSET,
        "Skip n values from the after cursor. Alternative to cursor pagination. Backward pagination not supported.",
    ),
)
CONNECTION_NAMES = frozenset({*(page.name for page in _PAGES), "filter", "orderBy"})


def by_name(*inputs: Input) -> Mapping[str, Input]:
    return {one.name: one for one in inputs}


def of_connection(base: str) -> Mapping[str, Input]:
    """What tells the page of a collection."""
    return by_name(
        *_PAGES,
        Input(
            "filter",
            Named(f"{base}Filter"),
            Argument.FILTER,
            "Filters to apply to the results set when querying from the collection",
        ),
        Input(
            "orderBy",
            ListOf(NonNull(Named(f"{base}OrderBy"))),
            Argument.ORDER_BY,
            "Sort order to apply to the collection",
        ),
    )


def narrowing(base: str) -> Input:
    """Which records a mutation changes."""
    return Input(
        "filter",
        Named(f"{base}Filter"),
        Argument.FILTER,
        "Restricts the mutation's impact to records matching the criteria",
    )


def at_most() -> Input:
    """How many records a mutation may change."""
    return Input(
        "atMost",
        NonNull(_INT),
        Argument.AT_MOST,
        "The maximum number of records in the collection permitted to be affected",
        "1",
    )
