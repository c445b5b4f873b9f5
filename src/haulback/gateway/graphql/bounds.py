"""How much a request may ask for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """What nobody who writes a query by hand, or has a client write it, comes near.

    Attributes:
        body: bytes of a request.
        tokens: words and signs of a query; some thousand are parsed in ten milliseconds.
        depth: of fields within fields, and of lists and objects within a value.
        fields: that are asked for, fragments counted as often as they are spread.
        queries: collections, rows and calls, each a subquery.
        rows: that could be asked for if every page were full.
    """

    body: int = 8 << 20
    tokens: int = 20_000
    depth: int = 64
    fields: int = 10_000
    queries: int = 500
    rows: int = 1_000_000_000_000
