"""One print for expressions that the server prints in two ways.

A list of literals compared with a varchar column is kept as a cast of the whole array, printed as
`(ARRAY['a'::character varying])::text[]`. What reads that print again keeps a cast of each element, printed as
`ARRAY[('a'::character varying)::text]`. They mean the same; the second form is the one that stays.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

_WHOLE = "(ARRAY["
# A literal of a list, and the list with its cast where a comparison with each stands before it.
_LITERAL = r"E?'(?:[^']|'')*'::character varying"
_IMPLIED = re.compile(rf"\b(ANY |ALL )\(\(ARRAY\[({_LITERAL}(?:, {_LITERAL})*)\]\)::text\[\]\)")
_CAST = re.compile(r"\]\)::([a-z][a-z ]*)\[\]")


def canonical(text: str) -> str:
    """Returns `text` with every cast of a whole array written as a cast of each element."""
    at = text.find(_WHOLE)
    while at >= 0:
        inside = at + len(_WHOLE)
        elements, end = _elements(text, inside)
        cast = _CAST.match(text, end)
        if cast and elements and not any(e.startswith("ARRAY[") for e in elements):
            each = ", ".join(f"({e})::{cast[1]}" for e in elements)
            text = f"{text[:at]}ARRAY[{each}]{text[cast.end() :]}"
        at = text.find(_WHOLE, inside if not cast else at + 1)
    return text


def settled(value: Any) -> Any:
    """Returns `value` with canonical text wherever text stands in it."""
    return _mapped(canonical, value)


def retold(value: Any) -> Any:
    """Returns `value` as a person would have written it, so that the server keeps the same form of it again.

    Without the cast of the whole array the server makes that cast by itself, and prints it.
    """
    return _mapped(lambda text: _IMPLIED.sub(r"\1(ARRAY[\2])", text), value)


def _mapped(of: Callable[[str], str], value: Any) -> Any:
    match value:
        case str():
            return of(value)
        case list():
            return [_mapped(of, v) for v in value]
        case dict():
            return {k: _mapped(of, v) for k, v in value.items()}
    return value


def _elements(text: str, start: int) -> tuple[list[str], int]:
    """Returns what stands between the commas from `start`, and where its closing bracket is."""
    elements, depth, begin, at = [], 0, start, start
    while at < len(text):
        letter = text[at]
        if letter in "'\"":
            at = _closing_quote(text, at)
        elif letter in "([":
            depth += 1
        elif letter in ")]":
            if depth == 0:
                elements.append(text[begin:at])
                return elements, at
            depth -= 1
        elif letter == "," and depth == 0:
            elements.append(text[begin:at])
            begin = at + 2
        at += 1
    return [], at


def _closing_quote(text: str, at: int) -> int:
    quote, escapes = text[at], text[at] == "'" and text[at - 1] in "eE"
    at += 1
    while at < len(text):
        if escapes and text[at] == "\\":
            at += 2
            continue
        if text[at] == quote:
            if text[at + 1 : at + 2] != quote:
                return at
            at += 1
        at += 1
    return at
