"""Conditions of filters, made ready for a table: which hold for a change, told from its texts or asked of PostgreSQL.

Where two values of a type are equal exactly if their texts are, comparing texts is enough; integers are compared as
such. Everything else is PostgreSQL's to say: patterns, fractions, types of extensions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from psycopg import sql

from haulback.gateway.realtime.changes.filters import Term
from haulback.gateway.realtime.changes.tables import Column

Holds = Callable[[bytes | None], bool]

_BOOL = 16
_INTEGERS = frozenset({20, 21, 23})
_TEXTS = frozenset({19, 25, 1043})  # name, text, varchar
# uuid, date, time, timestamp, timestamptz: one text for each value
_ONE_TEXT = _INTEGERS | {_BOOL, 26, 2950, 1082, 1083, 1114, 1184}
_COMPARED: Mapping[str, Callable[[int, int], bool]] = {
    "lt": lambda left, right: left < right,
    "lte": lambda left, right: left <= right,
    "gt": lambda left, right: left > right,
    "gte": lambda left, right: left >= right,
}
_SQL_OPERATORS = {
    "eq": "=",
    "neq": "<>",
    "lt": "<",
    "lte": "<=",
    "gt": ">",
    "gte": ">=",
    "like": "~~",
    "ilike": "~~*",
    "match": "~",
    "imatch": "~*",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition on a column of one table.

    Attributes:
        term: as the client wrote it.
        column: that it is on.
        texts: its value, or values, as PostgreSQL writes them; None among them for NULL.
    """

    term: Term
    column: Column
    texts: tuple[str | None, ...]


def exact(column: Column) -> bool:
    """Whether values of a column are equal exactly if their texts are. As in Realtime, its collation does not count."""
    return column.base in _ONE_TEXT or column.base in _TEXTS or (column.kind == "e" and column.element == 0)


def text_of(column: Column, cast: str) -> bytes:
    """How the log writes a value that a cast to text writes as `cast`."""
    if column.base == _BOOL:
        return cast[:1].encode()
    return cast.encode()


def decided(condition: Condition) -> Holds | None:
    """What tells whether a condition holds for a value, without PostgreSQL; None where it has to be asked."""
    term, column = condition.term, condition.column
    negated = term.negated
    if term.operator == "is":
        wanted = {"true": b"t", "false": b"f"}.get(term.value)
        return lambda value: (value == wanted) != negated
    if term.operator in _COMPARED and column.base in _INTEGERS:
        compare, right = _COMPARED[term.operator], int(condition.texts[0] or 0)
        return lambda value: value is not None and compare(int(value), right) != negated
    if not exact(column) or term.operator not in {"eq", "neq", "in", "isdistinct"}:
        return None
    return _equality(condition)


def _equality(condition: Condition) -> Holds:
    term = condition.term
    wanted = frozenset(text_of(condition.column, text) for text in condition.texts if text is not None)
    if term.operator == "isdistinct":
        return lambda value: (value not in wanted) != term.negated
    if term.operator == "in":
        if not condition.texts:  # nothing, NULL not excepted, is in an empty list
            return lambda _value: term.negated
        if None in condition.texts:  # x = ANY ('{a,NULL}') is true or unknown, never false
            return lambda value: not term.negated and value is not None and value in wanted
        return lambda value: value is not None and (value in wanted) != term.negated
    opposite = (term.operator == "neq") != term.negated
    return lambda value: value is not None and (value in wanted) != opposite


def question(condition: Condition, value: str | None) -> sql.Composed:
    """Whether the condition holds for a value, as an expression. Unknown is false."""
    term, type_ = condition.term, sql.SQL(condition.column.sql_type)  # quoted by PostgreSQL
    left = sql.SQL("{}::{}").format(sql.Literal(value), type_)
    right = sql.SQL("{}::{}").format(sql.Literal(term.value), type_)
    if term.operator == "isdistinct":
        words = sql.SQL("IS NOT DISTINCT FROM" if term.negated else "IS DISTINCT FROM")
        return sql.SQL("({} {} {})").format(left, words, right)
    if term.operator == "in":
        said = sql.SQL("{} = ANY ({}[])").format(left, right)
    else:
        said = sql.SQL("{} {} {}").format(left, sql.SQL(_SQL_OPERATORS[term.operator]), right)
    negation = sql.SQL("NOT " if term.negated else "")
    return sql.SQL("COALESCE({}({}), false)").format(negation, said)
