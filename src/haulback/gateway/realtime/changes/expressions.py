"""Expressions as PostgreSQL writes them with an empty search_path, split into tokens and what stands in brackets.

There a name without a schema can only be one of PostgreSQL's own, every operator stands in parentheses of its own, and
keywords are upper case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

_DEEPEST = 60  # brackets in brackets
_TOKEN = re.compile(
    r"""(?P<string>'(?:[^']|'')*')
    |(?P<name>"(?:[^"]|"")+"|[a-z_][a-z0-9_$]*)
    |(?P<keyword>[A-Z][A-Z_]*)
    |(?P<number>[0-9]+(?:\.[0-9]+)?)
    |(?P<operator>::|[-+*/<>=~!@\#%^&|`?]+)
    |(?P<punctuation>[.,])
    |(?P<opening>[(\[])
    |(?P<closing>[)\]])
    |\s+""",
    re.VERBOSE,
)
_CLOSING = {"(": ")", "[": "]"}


@dataclass(frozen=True, slots=True)
class Token:
    """kind: string, name, keyword, number, operator or punctuation. begin, end: where it stands in the whole text."""

    kind: str
    text: str
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Group:
    """What stands in brackets; begin and end are those of the brackets."""

    bracket: str
    items: tuple[Node, ...]
    begin: int
    end: int


Node = Token | Group


def parsed(text: str) -> tuple[Node, ...] | None:
    """The nodes of an expression; None where it holds what is not known here."""
    open_: list[tuple[str, int, list[Node]]] = [("", 0, [])]
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            return None
        kind, begin, at = found.lastgroup, at, found.end()
        if kind == "opening":
            open_.append((found.group(), begin, []))
            if len(open_) > _DEEPEST:
                return None
        elif kind == "closing":
            bracket, opened, items = open_.pop()
            if _CLOSING.get(bracket) != found.group():
                return None
            open_[-1][2].append(Group(bracket, tuple(items), opened, at))
        elif kind is not None:
            open_[-1][2].append(Token(kind, found.group(), begin, at))
    return tuple(open_[0][2]) if len(open_) == 1 else None


def bare(items: Sequence[Node]) -> Sequence[Node]:
    """What stands in parentheses that hold all of it."""
    while len(items) == 1 and isinstance(items[0], Group) and items[0].bracket == "(":
        items = items[0].items
    return items


def split(items: Sequence[Node], separates: Callable[[Node], bool]) -> list[Sequence[Node]]:
    """The parts between separators."""
    parts: list[Sequence[Node]] = []
    begin = 0
    for at, node in enumerate(items):
        if separates(node):
            parts.append(items[begin:at])
            begin = at + 1
    return [*parts, items[begin:]]


def is_(node: Node, *texts: str) -> bool:
    """Whether a node is one of some keywords, operators or signs."""
    return isinstance(node, Token) and node.kind not in {"string", "name"} and node.text in texts


def inside(items: Sequence[Node]) -> Iterator[Token]:
    """All tokens, however deep."""
    for node in items:
        if isinstance(node, Token):
            yield node
        else:
            yield from inside(node.items)


def unquoted(name: str) -> str:
    return name[1:-1].replace('""', '"') if name.startswith('"') else name


def literal(items: Sequence[Node]) -> str | None:
    """The text of a constant, whatever its type; None for anything else."""
    items = uncast(items)
    if len(items) == 1 and isinstance(items[0], Token):
        if items[0].kind == "string":
            return items[0].text[1:-1].replace("''", "'")
        if items[0].kind == "number":
            return items[0].text
    return None


def uncast(items: Sequence[Node]) -> Sequence[Node]:
    """What is cast, without the casts and their parentheses."""
    while True:
        items = bare(items)
        at = next((at for at, node in enumerate(items) if is_(node, "::")), None)
        if at is None or at == 0 or not _is_type(items[at + 1 :]):
            return items
        items = items[:at]


def _is_type(items: Sequence[Node]) -> bool:
    return all(
        node.bracket == "[" and not node.items if isinstance(node, Group) else node.kind == "name" or is_(node, ".")
        for node in items
    )
