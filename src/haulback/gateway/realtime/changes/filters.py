"""The filters of a subscription, as clients write them: `id=eq.5,name=not.like.a%`.

Texts of errors are Realtime's, which shows values in Elixir's notation.
"""

from __future__ import annotations

from dataclasses import dataclass

OPERATORS = frozenset(
    {"eq", "neq", "lt", "lte", "gt", "gte", "in", "like", "ilike", "is", "match", "imatch", "isdistinct"}
)
_SHOWN = 4096  # characters of a value in an error
_OPENS = frozenset(".(,")  # a quote behind one of these begins a quoted value


class BadFilter(Exception):
    """A filter that cannot be read; str() is what the client is told."""


@dataclass(frozen=True, slots=True)
class Term:
    """One condition. value: as PostgreSQL reads it: an array for `in`."""

    column: str
    operator: str
    value: str
    negated: bool = False


def parsed(text: str | None) -> tuple[Term, ...]:
    """The conditions of a filter, all of which must hold.

    Raises:
        BadFilter: it cannot be read.
    """
    stripped = (text or "").strip()
    if not stripped:
        return ()
    return tuple(_term(segment) for segment in _segments(stripped))


def inspected(value: str) -> str:
    """A string in Elixir's notation."""
    shown = value[:_SHOWN]
    for plain, escaped in (("\\", "\\\\"), ('"', '\\"'), ("#{", "\\#{"), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
        shown = shown.replace(plain, escaped)
    return f'"{shown}"'


def listed(values: list[str] | tuple[str, ...]) -> str:
    """A list of strings in Elixir's notation."""
    return f"[{', '.join(inspected(value) for value in values)}]"


def _segments(text: str) -> list[str]:
    """Parts between commas that stand neither in parentheses nor in quotes."""
    segments: list[str] = []
    begin = depth = 0
    quoted = False
    before = ""
    at = 0
    while at < len(text):
        char = text[at]
        if quoted:
            if char == "\\":
                at += 1
            elif char == '"':
                quoted = False
        elif char == '"' and before in _OPENS:
            quoted = True
        elif char == "(":
            depth += 1
        elif char == ")":
            depth = max(0, depth - 1)
        elif char == "," and not depth:
            segments.append(text[begin:at])
            begin = at + 1
            char = ""
        before = char
        at += 1
    segments.append(text[begin:])
    return segments


def _term(segment: str) -> Term:
    stripped = segment.strip()
    if not stripped:
        raise BadFilter("filter must not contain empty segments (check for extra commas)")
    column, equals, rest = stripped.partition("=")
    if not equals:
        raise BadFilter(listed([stripped]))
    negated = rest.startswith("not.")
    rest = rest.removeprefix("not.")
    operator, dot, value = rest.partition(".")
    if not dot:
        raise BadFilter(listed([rest]))
    if operator not in OPERATORS:
        raise BadFilter(listed([operator, value]))
    if operator == "in":
        if not (value.startswith("(") and value.endswith(")") and value != "("):
            raise BadFilter("`in` filter value must be wrapped by parentheses")
        return Term(column, operator, "{" + value[1:-1] + "}", negated=negated)
    return Term(column, operator, _unquoted(value), negated=negated)


def _unquoted(value: str) -> str:
    """What stands in quotes, unless something follows the closing one: then it is meant as it is."""
    if not value.startswith('"'):
        return value
    out: list[str] = []
    at = 1
    while at < len(value):
        char = value[at]
        if char == "\\" and at + 1 < len(value):
            at += 1
            char = value[at]
        elif char == '"':
            return "".join(out) if at == len(value) - 1 else value
        out.append(char)
        at += 1
    return value
