"""Conditions: what stands behind WHERE."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from haulback.gateway.quoting import literal, quoted
from haulback.gateway.rest.compiled import Constant, FromPair
from haulback.gateway.rest.plan.node import Column, Condition, Embedded, Group, Test
from haulback.gateway.rest.query.lists import array_literal, array_of
from haulback.gateway.rest.query.tree import Compare, In, Is
from haulback.gateway.rest.sql.binder import Binder
from haulback.gateway.rest.sql.expressions import column
from haulback.gateway.schema.model import Name

_OPERATORS = {
    "eq": "=",
    "neq": "<>",
    "gt": ">",
    "gte": ">=",
    "lt": "<",
    "lte": "<=",
    "like": "LIKE",
    "ilike": "ILIKE",
    "match": "~",
    "imatch": "~*",
    "isdistinct": "IS DISTINCT FROM",
    "cs": "@>",
    "cd": "<@",
    "ov": "&&",
    "sl": "<<",
    "sr": ">>",
    "nxr": "&<",
    "nxl": "&>",
    "adj": "-|-",
}
_SEARCHES = {
    "fts": "to_tsquery",
    "plfts": "plainto_tsquery",
    "phfts": "phraseto_tsquery",
    "wfts": "websearch_to_tsquery",
}
_IS = {"null": "NULL", "not_null": "NOT NULL", "true": "TRUE", "false": "FALSE", "unknown": "UNKNOWN"}

EmbeddedSql = Callable[[Embedded], str]


def embedded_in_join(it: Embedded) -> str:
    """Beside the join the embed is there by its alias: its row, or its array, or null."""
    return f"{quoted(it.aggregate_alias)} IS {'' if it.has_rows else 'NOT '}DISTINCT FROM NULL"


def condition_sql(
    conditions: Sequence[Condition], of: Name, binder: Binder, embedded: EmbeddedSql = embedded_in_join
) -> str:
    """The conditions joined by AND, "" where there are none; columns are qualified by `of`."""
    return " AND ".join([_condition(one, of, binder, embedded) for one in conditions])


def _condition(it: Condition, of: Name, binder: Binder, embedded: EmbeddedSql) -> str:
    match it:
        case Test():
            text = _test(it, of, binder)
            return f"NOT {text}" if it.negated else text
        case Embedded():
            return embedded(it)
        case Group(is_or, terms, negated):
            joined = (" OR " if is_or else " AND ").join([_condition(term, of, binder, embedded) for term in terms])
            return f"{'NOT ' if negated else ''}({joined})"


def _test(it: Test, of: Name, binder: Binder) -> str:
    left = column(of, it.column)
    match it.test:
        case Compare():
            return _compare(left, it.column, it.test, binder)
        case In():
            return f"{left} = ANY ({_list(it.column, it.test, binder)})"
        case Is(value):
            return f"{left} IS {_IS[value]}"


def _compare(left: str, it: Column, test: Compare, binder: Binder) -> str:
    search = _SEARCHES.get(test.op)
    if search is not None:
        language = "" if test.language is None else f"{literal(test.language)}, "
        return f"{left} @@ {search}({language}{binder.value(test.value)})"
    if test.op in {"like", "ilike"}:
        right = binder.value(test.value, _starred)
    else:
        right = binder.value(test.value)
        if it.transform and test.op != "isdistinct":
            # Without the cast a function named like its type would be taken for a cast to that type.
            right = f"{it.transform}({right}::text)"
    if test.quantifier is not None:
        right = f"{test.quantifier.upper()}({right})"
    return f"{left} {_OPERATORS[test.op]} {right}"


def _list(it: Column, test: In, binder: Binder) -> str:
    """An array literal as one parameter, so that one statement serves lists of any length."""
    if isinstance(test.values, tuple):
        placeholder = binder.add(Constant(array_literal(test.values)))
    else:
        placeholder = binder.add(FromPair(test.values.pair, array_of(test.head)))
    if it.transform:
        return f"SELECT {it.transform}(unnest({placeholder}::text[]))"
    return placeholder


def _starred(pattern: str) -> str:
    """URLs have little room for %, so a star stands for it."""
    return pattern.replace("*", "%")
