"""A query string taken apart into what a statement depends on and what it is given.

Two requests of one shape run the same prepared statement. The cut is textual and cheap, because it is made for every
request; the grammar reads a shape once and never sees a value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import unquote_plus

# Everything up to the dot behind an operator: what follows is a value. `is` takes words of the grammar, not values.
_HEAD = re.compile(
    r"(?:not\.)?(?:"
    r"in|isdistinct|neq|cs|cd|ov|sl|sr|nxr|nxl|adj"
    r"|(?:eq|gte|gt|lte|lt|like|ilike|match|imatch)(?:\((?:any|all)\))?"
    r"|(?:fts|plfts|phfts|wfts)(?:\([\w $]+\))?"
    r")\."
)
_WHOLE = frozenset({"select", "columns", "on_conflict"})
_WHOLE_ENDS = frozenset({"order", "limit", "offset", "and", "or"})


class Pair(NamedTuple):
    """`key=head…`: with a value behind the head, or the whole text where nothing in it is a value."""

    key: str
    head: str
    has_value: bool


class Shape(NamedTuple):
    """What the statement of a request depends on in its query string."""

    pairs: tuple[Pair, ...]


def taken_apart(query: str) -> tuple[Shape, Sequence[str]]:
    """Returns the shape and, for each pair, its value ("" where it has none).

    A pair without "=" is left out, as PostgREST does.
    """
    pairs: list[Pair] = []
    values: list[str] = []
    for text in query.split("&") if query else ():
        raw_key, equals, raw = text.partition("=")
        if not equals:
            continue
        key, value = unquote_plus(raw_key), unquote_plus(raw)
        if key in _WHOLE or key.rpartition(".")[2] in _WHOLE_ENDS:
            pairs.append(Pair(key, value, has_value=False))
            values.append("")
            continue
        found = _HEAD.match(value)
        head = found[0] if found else value if value[:3] == "is." or value[:7] == "not.is." else ""
        pairs.append(Pair(key, head, has_value=len(head) < len(value) or found is not None))
        values.append(value[len(head) :])
    return Shape(tuple(pairs)), values
