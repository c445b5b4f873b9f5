"""Whether a subscription can be had, and its conditions as PostgreSQL reads their values.

Texts of errors are Realtime's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import psycopg

from haulback.gateway.realtime.changes.conditions import Condition
from haulback.gateway.realtime.changes.filters import BadFilter, Term, inspected, listed, parsed
from haulback.gateway.realtime.changes.tables import Catalog, Column, Role, Table, gone
from haulback.gateway.realtime.members import Binding

EVENTS = frozenset({"INSERT", "UPDATE", "DELETE"})
_MOST_VALUES = 100
_KEYWORDS = frozenset({"null", "true", "false", "unknown"})
_BOOL = 16
_UNABLE = "Unable to subscribe to changes with given parameters."
_CAPITAL = re.compile(r"(?<!^)(?=[A-Z])")
_RAISED = "P0001"


class Refused(Exception):
    """A subscription that cannot be had; str() is what the client is told.

    Attributes:
        final: whether the same subscription can never be had, whatever changes in the database.
    """

    def __init__(self, message: str, *, final: bool = False) -> None:
        super().__init__(message)
        self.final = final


def event(binding: Binding) -> str:
    """`*` or a kind of change; what is none of them means all."""
    named = binding.event.upper()
    return named if named in EVENTS else "*"


def terms(binding: Binding) -> tuple[Term, ...]:
    """The conditions of a binding.

    Raises:
        Refused: they cannot be read, or do not go together with the rest.
    """
    if not binding.schema or (binding.table is None and binding.filter is not None):
        given = {"event": binding.event, "filter": binding.filter, "schema": binding.schema or None}
        shown = ", ".join(
            f"{inspected(name)} => {inspected(value)}" for name, value in given.items() if value is not None
        )
        message = "No subscription params provided. Please provide at least a `schema` or `table` to subscribe to: "
        raise Refused(f"{message}%{{{shown}}}", final=True)
    try:
        found = parsed(binding.filter)
    except BadFilter as wrong:
        raise Refused(f"Error parsing `filter` params: {wrong}", final=True) from wrong
    if binding.select is not None and (binding.schema == "*" or binding.table in {None, "*"}):
        message = "Column selection is not supported for wildcard subscriptions."
        raise Refused(f"{message} Provide an explicit schema and table name.", final=True)
    return found


def unknown(binding: Binding, found: Sequence[Term]) -> Refused:
    """No published table is meant."""
    message = "Please check Realtime is enabled for the given connect parameters:"
    return Refused(f"{_UNABLE} {message} [{_told(binding, found)}]")


async def conditions(
    catalog: Catalog, binding: Binding, found: Sequence[Term], table: Table, role: Role
) -> tuple[Condition, ...]:
    """The conditions of a binding for one table.

    Raises:
        Refused: a column is not there or may not be read, or a value is none of its type.
        psycopg.OperationalError: the server is gone.
    """
    try:
        ready = tuple([await _condition(catalog, term, table, role) for term in found])
        _check_select(binding, role)
    except (BadFilter, psycopg.Error) as wrong:
        if isinstance(wrong, psycopg.Error) and gone(wrong):
            raise
        message = "An exception happened so please check your connect parameters:"
        raise Refused(f"{_UNABLE} {message} [{_told(binding, found)}]. Exception: {_exception(wrong)}") from wrong
    return ready


def _check_select(binding: Binding, role: Role) -> None:
    for column in binding.select or ():
        if column not in role.readable:
            raise BadFilter(f"invalid column for select {column}")


async def _condition(catalog: Catalog, term: Term, table: Table, role: Role) -> Condition:
    column = table.columns.get(term.column)
    if column is None or column.name not in role.readable:
        raise BadFilter(f"invalid column for filter {term.column}")
    texts: tuple[str | None, ...] = (term.value,)
    if term.operator == "in":
        texts = await catalog.elements(column, term.value)
        if len(texts) > _MOST_VALUES:
            raise BadFilter(f"too many values for `in` filter. Maximum {_MOST_VALUES}")
    elif term.operator == "is":
        _check_keyword(term, column)
    elif term.operator in {"like", "ilike", "match", "imatch"}:
        await _check_pattern(catalog, term, column)
    else:
        texts = (await catalog.cast(column, term.value),)
    return Condition(term, column, texts)


def _check_keyword(term: Term, column: Column) -> None:
    if term.value not in _KEYWORDS:
        raise BadFilter("invalid value for is filter: must be null, true, false, or unknown")
    if term.value != "null" and column.type != _BOOL:
        raise BadFilter(f"is {term.value} filter requires a boolean column, got {column.type_text}")


async def _check_pattern(catalog: Catalog, term: Term, column: Column) -> None:
    like = term.operator in {"like", "ilike"}
    operator = "~~" if like else "~*" if term.operator == "imatch" else "~"
    if not await catalog.has_operator(operator, column.type, same=not like):
        raise BadFilter(f"operator {term.operator} requires a text-compatible column type, got {column.type_text}")
    if like:
        return
    try:
        await catalog.match("", term.value)
    except psycopg.Error as wrong:
        if gone(wrong):
            raise
        message = wrong.diag.message_primary
        raise BadFilter(f"invalid regular expression for {term.operator} filter: {message}") from wrong


def _told(binding: Binding, found: Sequence[Term]) -> str:
    shown = ", ".join(
        f"{{{', '.join(map(inspected, (term.column, term.operator, term.value)))}, {str(term.negated).lower()}}}"
        for term in found
    )
    select = "nil" if binding.select is None else listed(binding.select)
    table = binding.table or "*"
    return f"event: {event(binding)}, schema: {binding.schema}, table: {table}, filters: [{shown}], select: {select}"


def _exception(wrong: Exception) -> str:
    if not isinstance(wrong, psycopg.Error):
        return f"ERROR {_RAISED} (raise_exception) {wrong}"
    state = wrong.sqlstate or "XX000"
    try:
        name = _CAPITAL.sub("_", psycopg.errors.lookup(state).__name__).lower()
    except KeyError:
        name = "unknown"
    return f"ERROR {state} ({name}) {wrong.diag.message_primary or str(wrong).strip()}"
