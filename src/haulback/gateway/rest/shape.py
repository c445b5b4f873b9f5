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
# What a filter has begun with cannot be an argument any more, whatever follows.
_BEGUN = ("is.", "not.")
_WHOLE_ENDS = frozenset({"order", "limit", "offset", "and", "or"})
_WHOLE = _WHOLE_ENDS | {"select", "columns", "on_conflict"}


class Pair(NamedTuple):
    """`key=head…`: with a value behind the head, or the whole text where nothing in it is a value."""

    key: str
    head: str
    has_value: bool


class Shape(NamedTuple):
    """What the statement of a request depends on in its query string."""

    pairs: tuple[Pair, ...]


def taken_apart(query: str, *, of_call: bool = False) -> tuple[Shape, Sequence[str]]:
    """Returns the shape and, for each pair, its value ("" where it has none).

    A pair without "=" is left out, as PostgREST does. Of a call by GET (`of_call`) a text without an operator is the
    value of an argument; of a table it is an error, which tells the whole text, so that it belongs to the shape.
    """
    pairs: list[Pair] = []
    values: list[str] = []
    if not query.isascii():  # bytes that should have been escaped
        query = query.encode("latin-1", "replace").decode("utf-8", "replace")
    if ";" in query:  # separates pairs as well
        query = query.replace(";", "&")
    escaped = "%" in query or "+" in query
    for text in query.split("&") if query else ():
        key, equals, value = text.partition("=")
        if not equals:
            continue
        if escaped:
            key, value = unquote_plus(key), unquote_plus(value)
        if key in _WHOLE or ("." in key and key.rpartition(".")[2] in _WHOLE_ENDS):
            pairs.append(Pair(key, value, has_value=False))
            values.append("")
            continue
        found = _HEAD.match(value)
        if found is not None:
            pairs.append(Pair(key, found[0], has_value=True))
            values.append(value[found.end() :])
        elif of_call and not value.startswith(_BEGUN):
            pairs.append(Pair(key, "", has_value=True))
            values.append(value)
        else:
            pairs.append(Pair(key, value, has_value=False))
            values.append("")
    return Shape(tuple(pairs)), values
