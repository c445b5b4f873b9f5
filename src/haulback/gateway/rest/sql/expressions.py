"""Columns, with their paths, casts and aggregates."""

from __future__ import annotations

from re import compile as pattern

from haulback.gateway.quoting import literal, quoted
from haulback.gateway.remembered import remembered
from haulback.gateway.rest.plan.node import Column, Selected, Sorting
from haulback.gateway.rest.query.tree import Aggregate, JsonStep
from haulback.gateway.rest.sql import names
from haulback.gateway.schema.model import Name

_PLAIN_TYPE = pattern(r"[A-Za-z_][A-Za-z0-9_ ]*")
_NULLS = {"first": " NULLS FIRST", "last": " NULLS LAST"}


def column(of: Name, it: Column) -> str:
    """The column as it is, for filters and for order."""
    if it.whole_row:
        return quoted(of.name)
    text = names.column(of, it.name)
    if it.path:
        text = f"to_jsonb({text}){_path(it.path)}" if it.to_jsonb else text + _path(it.path)
    if it.to_tsvector:
        language = "" if it.language is None else f"{literal(it.language)}, "
        return f"to_tsvector({language}{text})"
    return text


def selected(of: Name, it: Selected) -> str:
    """One entry of a select list, with its alias."""
    text = column(of if it.of is None else Name("", it.of), it.column)
    if it.column.transform:
        text = f"{it.column.transform}({text})"
    text = aggregated(it.aggregate, it.aggregate_cast, _cast(text, it.cast))
    return text if it.alias is None else f"{text} AS {quoted(it.alias)}"


def aggregated(function: Aggregate | None, cast: str | None, text: str) -> str:
    return text if function is None else _cast(f"{function}({text})", cast)


def order_by(of: Name, terms: tuple[Sorting, ...]) -> str:
    """Empty where there are none; else ` ORDER BY …`."""
    return f" ORDER BY {', '.join([_sorting(of, term) for term in terms])}" if terms else ""


def _sorting(of: Name, term: Sorting) -> str:
    text = column(of if term.of is None else Name("", term.of), term.column)
    direction = "" if term.descending is None else " DESC" if term.descending else " ASC"
    return f"{text}{direction}{_NULLS.get(term.nulls or '', '')}"


def _path(steps: tuple[JsonStep, ...]) -> str:
    return "".join([f"->{'>' if step.as_text else ''}{_key(step)}" for step in steps])


def _key(step: JsonStep) -> str:
    # A text that is cast, because an index out of range is then PostgreSQL's to refuse.
    return f"{literal(step.key)}::int" if step.is_index else literal(step.key)


def _cast(text: str, to: str | None) -> str:
    return text if to is None else f"CAST({text} AS {_type(to)})"


@remembered
def _type(name: str) -> str:
    """The grammar of types has words of its own (`double precision`), which quotes would turn into names."""
    return name if _PLAIN_TYPE.fullmatch(name) else quoted(name)
