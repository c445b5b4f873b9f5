"""Policies that say no more than: a column equals something of the claims.

Of such a policy it can be told without asking who does not see a row: those whose claims give another value than the
row has. Only exact forms count, as PostgreSQL writes them with an empty search_path, where a name without a schema can
only be one of PostgreSQL's own. Everything else is asked of PostgreSQL, and so is every one of whom a form says that
they may see the row.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from haulback.gateway.realtime.changes.tables import Column, Policy

_INTEGERS = frozenset({20, 21, 23})
_UUID = 2950
_TEXTS = frozenset({25, 1043})

_NAME = r'"(?:[^"]|"")+"|[a-z_][a-z0-9_$]*'
_COLUMN = re.compile(rf"(?:({_NAME})|\(({_NAME})\)::text)\Z")
_LITERAL = r"'(?:[^']|'')*'"
_TYPE = r"::(?:text|uuid|integer|bigint|smallint|jsonb?|character varying)\b"
_SETTING = r"current_setting\('request\.jwt\.claims?(?:\.[a-z_]+)?'(?:::text)?(?:,\s*true)?\)"
_COMMON = rf"{_SETTING}|{_LITERAL}|{_TYPE}|->>|->|\(|\)|,|\s+"
# A claim as the text of a policy has it, and as the body of a function has it that stands for one.
_TOKENS = re.compile(rf"{_COMMON}|SELECT\b|AS (?:{_NAME})|COALESCE\b|NULLIF\b|(auth\.[a-z_]+)\(\)")
_BODY = re.compile(rf"{_COMMON}|select\b|coalesce\b|nullif\b|::int\b|;", re.IGNORECASE)
_EQUALS = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|[()]| = ")


@dataclass(frozen=True, slots=True)
class Comparison:
    """A column equals an expression that depends on nothing but the claims. expression: in SQL, qualified."""

    column: str
    expression: str


@dataclass(frozen=True, slots=True)
class Always:
    """A policy that lets all rows pass, or none."""

    passes: bool


Form = Comparison | Always


def recognised(policy: Policy, columns: Mapping[str, Column], claims: Collection[str]) -> Form | None:
    """What a policy says, if it has one of the exact forms.

    Args:
        policy: for SELECT.
        columns: of its table.
        claims: functions that depend on nothing but the claims, such as `auth.uid`.
    """
    text = policy.expression
    if text in {"true", "false"}:
        return Always(text == "true")
    sides = _sides(text)
    if sides is None:
        return None
    for left, right in (sides, sides[::-1]):
        column = _column(left, columns)
        if column is not None and _of_claims(right, claims):
            return Comparison(column, right)
    return None


def of_claims_only(body: str) -> bool:
    """Whether the body of a function in SQL depends on nothing but the claims."""
    at = 0
    while at < len(body):
        token = _BODY.match(body, at)
        if token is None:
            return False
        at = token.end()
    return True


def _sides(text: str) -> tuple[str, str] | None:
    """Both sides of `(… = …)`, where there is one sign of equality outside of further parentheses."""
    if not (text.startswith("(") and text.endswith(")")):
        return None
    depth = 0
    found: list[tuple[int, int]] = []
    for piece in _EQUALS.finditer(text):
        sign = piece.group()
        if sign == "(":
            depth += 1
        elif sign == ")":
            depth -= 1
            if depth == 0 and piece.end() != len(text):
                return None
        elif sign == " = " and depth == 1:
            found.append(piece.span())
    if depth or len(found) != 1:
        return None
    begin, end = found[0]
    return text[1:begin], text[end:-1]


def _column(text: str, columns: Mapping[str, Column]) -> str | None:
    """The column that a side is, if its values are equal exactly if their texts are."""
    named = _COLUMN.match(text)
    if named is None:
        return None
    name = named.group(1) or named.group(2)
    if name.startswith('"'):
        name = name[1:-1].replace('""', '"')
    column = columns.get(name)
    if column is None or column.type != column.base:
        return None
    if column.base in _INTEGERS or column.base == _UUID or (column.base in _TEXTS and column.deterministic):
        return name
    return None


def _of_claims(text: str, claims: Collection[str]) -> bool:
    at = 0
    while at < len(text):
        token = _TOKENS.match(text, at)
        if token is None or (token.group(1) is not None and token.group(1) not in claims):
            return False
        at = token.end()
    return bool(text)
