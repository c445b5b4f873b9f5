"""Reads policies: which of their parts compare a column with the claims, which depend on the row or the claims alone.

Only exact forms count, as PostgreSQL writes them with an empty search_path. What is not understood is asked of
PostgreSQL for each subscriber, and so is in any case whether somebody sees a row of whom nothing speaks against it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from haulback.gateway.realtime.changes import sievable
from haulback.gateway.realtime.changes.claimed import Claims
from haulback.gateway.realtime.changes.expressions import (
    Node,
    Token,
    bare,
    is_,
    literal,
    parsed,
    split,
    uncast,
    unquoted,
)
from haulback.gateway.realtime.changes.forms import (
    AllOf,
    Always,
    AnyOf,
    Asked,
    Claim,
    Comparison,
    Contains,
    Form,
    OfClaims,
    OfRow,
)
from haulback.gateway.realtime.changes.tables import Column, Policy

_BOOL = 16
_INTEGERS = frozenset({20, 21, 23})
_UUID = 2950
_TEXTS = frozenset({25, 1043})
_LITERAL_TYPES = frozenset({"text", "character varying", "uuid", "integer", "bigint", "smallint"})
_TEXT_NAMES = frozenset({"text", "character varying"})
_NULLS = frozenset({None})


def understood(policies: Sequence[Policy], columns: Mapping[str, Column], functions: Mapping[str, str]) -> Form:
    """What the policies of a role say together.

    Args:
        policies: for SELECT, all that apply to the role.
        columns: of their table.
        functions: that depend on nothing but the claims, such as `auth.uid`, with the types of their values.
    """
    forms = [(policy, recognised(policy, columns, functions)) for policy in policies]
    permissive = AnyOf(tuple(form for policy, form in forms if policy.permissive))
    return AllOf((permissive, *(form for policy, form in forms if not policy.permissive)))


def recognised(policy: Policy, columns: Mapping[str, Column], functions: Mapping[str, str]) -> Form:
    """What one policy says."""
    text = policy.expression
    items = parsed(text) if policy.shown else None
    return Asked() if items is None else _Reading(text, columns, Claims(text, functions), policy.plain).form(items)


@dataclass(frozen=True, slots=True)
class _Reading:
    text: str
    columns: Mapping[str, Column]
    claims: Claims
    plain: bool

    def form(self, items: Sequence[Node]) -> Form:
        items = bare(items)
        if not items:
            return Asked()
        if len(items) == 1 and isinstance(items[0], Token) and items[0].text in {"true", "false"}:
            return Always(items[0].text == "true")
        if not is_(items[0], "SELECT", "CASE"):
            either = split(items, lambda node: is_(node, "OR"))
            every = split(items, lambda node: is_(node, "AND"))
            if len(either) > 1 and len(every) == 1:
                return AnyOf(tuple(self.form(part) for part in either))
            if len(every) > 1 and len(either) == 1:
                return AllOf(tuple(self.form(part) for part in every))
        return self._leaf(items)

    def _leaf(self, items: Sequence[Node]) -> Form:
        claim = self.claims.condition(items)
        if claim is not None:
            return OfClaims(claim)
        known = self._of_row(items) or self._compared(items)
        return known or (sievable.read(items, self.claims) if self.plain else None) or Asked()

    def _of_row(self, items: Sequence[Node]) -> OfRow | None:
        """`flag`, `NOT flag`, `flag IS TRUE`, `column IS NULL` and the like."""
        words = [node.text if isinstance(node, Token) and node.kind == "keyword" else "" for node in items]
        pieces = (f"({self._source(items)})",)
        negated = "NOT" in words
        match [word for word in words if word != "NOT"]:
            case [""]:
                return self._flag(items[-1:], b"f" if negated else b"t", pieces)
            case ["", "IS", "NULL"] if not is_(items[0], "NOT"):
                column = self._named(items[:1])
                # A composite value of NULLs alone is NULL too.
                return OfRow(column.name, _NULLS, negated, pieces) if column and column.kind != "c" else None
            case ["", "IS", "TRUE" | "FALSE" as word] if not negated:
                return self._flag(items[:1], word[:1].lower().encode(), pieces)
        return None

    def _flag(self, items: Sequence[Node], value: bytes, pieces: tuple[str, ...]) -> OfRow | None:
        column = self._named(items)
        if column is None or column.type != _BOOL:
            return None
        return OfRow(column.name, frozenset({value}), negated=False, pieces=pieces)

    def _compared(self, items: Sequence[Node]) -> Form | None:
        """`column = claim`, `column = 'constant'`, `<>`, and IN and ANY over columns, constants and arrays."""
        signs = [at for at, node in enumerate(items) if is_(node, "=", "<>", "IN")]
        if len(signs) != 1:
            return None
        at = signs[0]
        left, right = items[:at], items[at + 1 :]
        if not left or not right:
            return None
        if is_(items[at], "<>"):
            return self._constant(left, right, negated=True) or self._constant(right, left, negated=True)
        if len(right) > 1 and is_(right[0], "ANY"):
            return None if is_(items[at], "IN") else self._any(left, right[1:])
        if is_(items[at], "IN") and self.claims.claim(right) is None:
            return None
        return self._pair(left, right) or self._pair(right, left)

    def _any(self, left: Sequence[Node], right: Sequence[Node]) -> Form | None:
        column, claim = self._named(bare(right)), self.claims.claim(left)
        if column is not None and claim is not None:
            return Contains(column.name, claim, self._pieces(claim, " = ANY (", right)) if _listed(column) else None
        array = bare(right)
        if len(array) > 2 and self._source(array[-3:]).endswith("::text[]"):  # noqa: PLR2004 - the cast of an array
            array = uncast(array)
        if len(array) != 2 or not is_(array[0], "ARRAY") or isinstance(array[1], Token):  # noqa: PLR2004 - ARRAY […]
            return None
        parts = [
            self._pair(left, part) or self._pair(part, left)
            for part in split(array[1].items, lambda node: is_(node, ","))
        ]
        return AnyOf(tuple(part for part in parts if part is not None)) if all(parts) else None

    def _pair(self, left: Sequence[Node], right: Sequence[Node]) -> Form | None:
        """A column on the left, a claim or a constant on the right."""
        constant = self._constant(left, right, negated=False)
        if constant is not None:
            return constant
        column, claim = self._column(left), self.claims.claim(right)
        if column is None or claim is None:
            return None
        return Comparison(column.name, claim, self._pieces(claim, " = (", left))

    def _constant(self, left: Sequence[Node], right: Sequence[Node], *, negated: bool) -> OfRow | None:
        column = self._column(left)
        value = self._literal(right, column) if column is not None else None
        if column is None or value is None:
            named = self._named(bare(left))
            word = self._source(right)
            if named is None or named.type != _BOOL or word not in {"true", "false"} or negated:
                return None
            column, value = named, word[:1]
        values = frozenset({value.encode()}) | (_NULLS if negated else frozenset())
        sign = "<>" if negated else "="
        return OfRow(column.name, values, negated, (f"({self._source(left)} {sign} {self._source(right)})",))

    def _literal(self, items: Sequence[Node], column: Column) -> str | None:
        """A constant whose text is that of the column's values that are equal to it."""
        types = re.findall(r"::([^:'()\[\]]+)", re.sub(r"'(?:[^']|'')*'", "''", self._source(items)))
        enum = column.kind == "e"
        known = all(one.strip() in _LITERAL_TYPES or (enum and "." in one) for one in types)
        # A constant is written as its type writes it, and so is a text of it; what is read from a text need not be.
        plain = all(one.strip() in _TEXT_NAMES for one in types[1:])
        value = literal(items) if known and plain else None
        return None if value is None or (column.base in _INTEGERS and "." in value) else value

    def _column(self, items: Sequence[Node]) -> Column | None:
        """The column that a side is, if its values are equal exactly if their texts are."""
        items = bare(items)
        if len(items) > 1 and self._source(items[1:]) == "::text":
            items = bare(items[:1])
        column = self._named(items)
        if column is None or column.type != column.base or column.element:
            return None
        exact = column.base in _INTEGERS or column.base == _UUID or column.kind == "e"
        return column if exact or (column.base in _TEXTS and column.deterministic) else None

    def _named(self, items: Sequence[Node]) -> Column | None:
        if len(items) != 1 or not isinstance(items[0], Token) or items[0].kind != "name":
            return None
        return self.columns.get(unquoted(items[0].text))

    def _pieces(self, claim: Claim, sign: str, column: Sequence[Node]) -> tuple[str | Claim, ...]:
        return "(", claim, f"{sign}{self._source(column)}))"

    def _source(self, items: Sequence[Node]) -> str:
        return self.text[items[0].begin : items[-1].end]


def _listed(column: Column) -> bool:
    """Whether a column is an array of what is equal exactly if its texts are."""
    if column.type != column.base or column.element_kind != "b":
        return False
    exact = column.element in _INTEGERS or column.element == _UUID
    return exact or (column.element in _TEXTS and column.deterministic)
