"""Runs rollback scripts over a schema whose created tables are in the attic already."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Final

import psycopg

from haulback.model.capture import SkippedStatement
from haulback.model.migration import Script, Statement
from haulback.pg.catalog.quoting import unquoted
from haulback.pg.execution import StatementFailed, run

# Undefined table, object, function, column, schema: what a name in the attic looks like from outside.
_GONE: Final = frozenset({"42P01", "42704", "42883", "42703", "3F000"})
# NOT NULL, CHECK, foreign key and unique over values that are not back yet.
_TOO_EARLY: Final = frozenset({"23502", "23514", "23503", "23505"})
_TIDYING = re.compile(r"(drop|alter|rename|comment|grant)\b")
_REVOKES = re.compile(r"^\s*(?:--[^\n]*\n\s*|/\*.*?\*/\s*)*revoke\b", re.IGNORECASE | re.DOTALL)

_RENAMES = re.compile(r"""\brename\b[^;]*?\bto\s+("(?:[^"]|"")+"|[\w$]+)""", re.IGNORECASE)


def run_back(
    connection: psycopg.Connection, scripts: Sequence[Script], moved: Iterable[str]
) -> tuple[SkippedStatement, ...]:
    """Runs the scripts, the last migration's first, each statement in a savepoint of its own.

    Args:
        connection: inside the caller's transaction.
        scripts: rollback scripts in the order of their migrations.
        moved: bare names of what is in the attic: tables, and what went with them.

    Returns:
        The statements passed over: their object is in the attic, they wait for values, or they allow no
        transaction. What they would have done to the schema, the inverse does afterwards.

    Raises:
        StatementFailed: a statement failed for any other reason.
    """
    names = set(moved)
    skipped = []
    for script in reversed(scripts):
        for unit in script.units:
            for statement in unit.statements:
                reason = (
                    _attempt(connection, script, statement, names) if unit.transactional else "it allows no transaction"
                )
                if reason:
                    # What is in the attic does not get the name that later statements would call it by.
                    names.update(_plain(name) for name in _RENAMES.findall(statement.text))
                    skipped.append(SkippedStatement(script.path.name, statement.line, statement.text, reason))
    return tuple(skipped)


def _attempt(
    connection: psycopg.Connection, script: Script, statement: Statement, names: AbstractSet[str]
) -> str | None:
    """Runs one statement; why it was passed over, if it was."""
    try:
        with connection.transaction():
            run(connection, script.path, [statement])
    except StatementFailed as error:
        reason = _harmless(statement, str(error.sqlstate), names)
        if reason is None:
            raise
        return reason
    return None


def _harmless(statement: Statement, sqlstate: str, names: AbstractSet[str]) -> str | None:
    tidies = _TIDYING.match(statement.kind) and (statement.kind != "grant" or _REVOKES.match(statement.text))
    if tidies and sqlstate in _GONE and any(name in statement.text for name in names):
        return "its object is in the attic"
    if statement.kind == "alter table" and sqlstate in _TOO_EARLY:
        return "it waits for values that come back later"
    return None


def _plain(name: str) -> str:
    return unquoted(name) if name.startswith('"') else name.lower()
