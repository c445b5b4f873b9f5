"""How GraphQL is served."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GraphQLSettings:
    """The table `[api.graphql]`: how much a request may ask for, which nobody who writes a query comes near.

    Attributes:
        serve: whether there is any.
        body: bytes of a request.
        text: characters of a query, which the parser reads one by one.
        tokens: words and signs of a query; some thousand are parsed in ten milliseconds.
        depth: of fields within fields, and of lists and objects within a value.
        fields: that are asked for, fragments counted as often as they are spread.
        queries: collections, rows and calls, each a subquery.
        rows: that could be asked for if every page were full.
    """

    serve: bool = True
    body: int = 8 << 20
    text: int = 512 << 10
    tokens: int = 20_000
    depth: int = 64
    fields: int = 10_000
    queries: int = 500
    rows: int = 1_000_000_000_000
