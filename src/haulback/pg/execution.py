"""Runs statements of a file, and tells a failure with the file, line and column it came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import psycopg

from haulback.errors import Exit, HaulbackError
from haulback.model.migration import Statement
from haulback.pg.locks import RETRIED

_BRIEF = 80  # characters

Observer = Callable[[Statement], None]


class StatementFailed(HaulbackError):
    template = "{file}:{line}:{column}: {problem} ({sqlstate})"
    hint_template = "{advice}"
    exit_code = Exit.ROLLED_BACK


class ConnectionLost(HaulbackError):
    template = "the connection to {target} broke: {reason}"
    hint_template = "Run the same command again once the server answers: it reads the journal and converges."
    exit_code = Exit.ROLLBACK_INCOMPLETE


def run(
    connection: psycopg.Connection,
    file: Path,
    statements: Iterable[Statement],
    before: Observer = lambda _: None,
    after: Observer = lambda _: None,
) -> None:
    """Runs the statements one by one, so that each has a place, a time and locks of its own.

    Raises:
        StatementFailed: the server refused one.
        psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected: to be tried again by the caller.
        psycopg.OperationalError: the connection broke.
    """
    for statement in statements:
        before(statement)
        try:
            send(connection, statement)
        except RETRIED:
            raise
        except psycopg.Error as error:
            if connection.closed:
                raise
            raise _explained(file, statement, error) from error
        after(statement)


def send(connection: psycopg.Connection, statement: Statement) -> None:
    """Bytes and no parameters: the text goes out as it stands, by the simple protocol."""
    connection.execute(statement.text.encode())


def _explained(file: Path, statement: Statement, error: psycopg.Error) -> StatementFailed:
    line, column = statement.line, statement.column
    position = int(error.diag.statement_position or 0)
    if position:
        earlier = statement.text[: position - 1]
        breaks = earlier.count("\n")
        line += breaks
        column = len(earlier) - earlier.rfind("\n") if breaks else column + position - 1
    problem = error.diag.message_primary or str(error).splitlines()[0]
    details = [problem, error.diag.message_detail or ""]
    return StatementFailed(
        file=file,
        line=line,
        column=column,
        statement=_brief(statement.text),
        problem=": ".join(part for part in details if part),
        sqlstate=error.sqlstate or "no SQLSTATE",
        advice=error.diag.message_hint or "Mend the statement there, then run the same command again.",
    )


def _brief(text: str) -> str:
    """The first words of a statement, on one line."""
    words = " ".join(text[:1000].split())
    return words if len(words) <= _BRIEF else words[: _BRIEF - 1] + "…"
