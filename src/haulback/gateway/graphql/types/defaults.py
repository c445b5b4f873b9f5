"""Defaults of parameters, as GraphQL writes them."""

from __future__ import annotations

import json
import re

_INTEGERS = frozenset({21, 23})  # int2, int4
_BOOLEAN = 16
_FLOATS = frozenset({700, 701})
_TEXT = 25
_LITERAL = re.compile(r"'((?:[^']|'')*)'::text", re.DOTALL)


def defaults(sql: str | None, count: int, types: list[int]) -> list[tuple[bool, str | None]]:
    """Whether each input has a default, and which.

    The text of them all is taken apart at commas, as pg_graphql does: where a comma stands within one, none counts.
    A default that GraphQL cannot write, as a call, makes the argument optional all the same.

    Args:
        sql: as pg_get_expr writes them, of the last inputs.
        count: how many there are.
        types: oids of all inputs.
    """
    parts = sql.split(",") if sql and count else []
    if len(parts) != count or count > len(types):
        return [(False, None)] * len(types)
    required = len(types) - count
    return [(False, None)] * required + [
        (True, written(part, type_)) for part, type_ in zip(parts, types[required:], strict=True)
    ]


def written(sql: str, type_: int) -> str | None:
    """One default as GraphQL writes it; None where it cannot."""
    text = sql.strip()
    try:
        if type_ in _INTEGERS:
            return str(int(text))
        if type_ in _FLOATS:
            return _float(float(text))
    except (ValueError, OverflowError):
        return None
    if type_ == _BOOLEAN:
        return text if text in {"true", "false"} else None
    if type_ == _TEXT and (literal := _LITERAL.fullmatch(text)):
        return json.dumps(literal[1].replace("''", "'"), ensure_ascii=False)
    return None


def _float(value: float) -> str:
    """As Rust prints one: a whole number without a point."""
    return str(int(value)) if value == int(value) else repr(value)
