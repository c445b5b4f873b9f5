"""Cuts two GraphQL schemas down to what may differ: those of hundreds of tables take many seconds to be read whole."""

from __future__ import annotations

import re
from collections.abc import Sequence

from graphql import GraphQLSchema, build_schema

_BEGINS = re.compile(r"(?:type|input|enum|scalar|interface) (\w+)")
_WORD = re.compile(r"[A-Za-z_]\w*")
_BUILT_IN = frozenset({"Int", "Float", "String", "Boolean", "ID"})


def differing(before: Sequence[str], after: Sequence[str]) -> tuple[GraphQLSchema, GraphQLSchema]:
    """Both schemas without the types that are the same in both, which then stand as scalars where others name them.

    Types are compared by their names where they are used, so that what they are made of does not count there.
    """
    was, now = parts(before), parts(after)
    # Interfaces stay: a scalar cannot stand where a type implements one.
    same = {name for name, text in was.items() if now.get(name) == text and not text.startswith("interface")}
    kept = [[text for name, text in found.items() if name not in same] for found in (was, now)]
    named = {word for texts in kept for text in texts for word in _WORD.findall(text)}
    stubs = [f"scalar {name}" for name in sorted(same & named - _BUILT_IN)]
    before_, after_ = (_schema([*texts, *stubs]) for texts in kept)
    return before_, after_


def parts(lines: Sequence[str]) -> dict[str, str]:
    """Each definition by the name of what it defines, as `graph_text` writes them."""
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in lines:
        if begins := _BEGINS.match(line):
            current = found.setdefault(begins[1], [])
        current.append(line)
    return {name: "\n".join(text) for name, text in found.items()}


def _schema(texts: Sequence[str]) -> GraphQLSchema:
    return build_schema("\n\n".join(texts), assume_valid=True) if texts else GraphQLSchema()
