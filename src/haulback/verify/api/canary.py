"""Rows that are only there to be tried: noted before they are laid, and taken out again, also after a crash.

The order makes it safe: a mark is durable before the first row that bears it, and struck out only once no row bears it
any more. Whoever finds marks that are not struck out removes their rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

from haulback.errors import Exit, HaulbackError
from haulback.pg.queries import script
from haulback.verify._stage import SERVICE, NoAnswer, become
from haulback.verify.api import rows
from haulback.verify.api.access import Laid, Ledger

_TIMEOUTS = ("5s", "2s")  # of a statement, and for a lock
_GONE = ("42P01", "3F000", "42703")  # no such table, schema or column: the rows went with it


class CanaryStays(HaulbackError):
    template = "rows that were laid in {table} to be tried could not be removed: {reason}"
    hint_template = "Delete the rows of {table} with {marks}, then run the same command again."
    exit_code = Exit.ROLLBACK_INCOMPLETE


@dataclass(frozen=True, slots=True)
class Users:
    """Two users, and whether they are ours, and so have nothing."""

    first: UUID
    second: UUID
    laid: bool
    reason: str = ""


@contextmanager
def users(connection: psycopg.Connection, ledger: Ledger) -> Iterator[Users]:
    """Two users for as long as the context lasts: in auth.users where it takes them without harm."""
    first, second = uuid4(), uuid4()
    reason = _users_refused(connection)
    if reason:
        yield Users(first, second, laid=False, reason=reason)
        return
    laid = Laid("users", "auth", "users", ({"id": str(first)}, {"id": str(second)}))
    with kept(connection, ledger, laid):
        try:
            _lay(connection, first, second)
        except psycopg.Error as error:
            reason = f"auth.users takes no user from us: {error.diag.message_primary or type(error).__name__}"
        yield Users(first, second, laid=not reason, reason=reason)


@contextmanager
def kept(connection: psycopg.Connection, ledger: Ledger, laid: Laid) -> Iterator[None]:
    """Rows may be laid inside; at its end they are gone, whatever happened.

    Raises:
        NoAnswer: a row with such a mark is there already, so that ours could not be told from it.
        CanaryStays: they could not be removed.
    """
    if present(connection, laid):
        raise NoAnswer("a row with the mark of ours is there already")
    ledger.laying(laid)
    try:
        yield
    finally:
        if not connection.closed:
            remove(connection, laid)
            ledger.removed(laid)


def remove(connection: psycopg.Connection, laid: Laid) -> int:
    """Removes the rows, and makes sure of it; returns how many there were.

    Raises:
        CanaryStays: some are still there.
        psycopg.OperationalError: the server went away.
    """
    reason = ""
    for role in ("", SERVICE):
        try:
            return _remove_as(connection, role, laid)
        except NoAnswer as refused:
            reason = reason or str(refused)
        except psycopg.OperationalError:
            raise
        except psycopg.Error as error:
            if error.sqlstate in _GONE:
                return 0
            reason = reason or str(error.diag.message_primary)
    marks = "; ".join(", ".join(f"{name} = {value}" for name, value in mark.items()) for mark in laid.marks)
    raise CanaryStays(table=f"{laid.schema}.{laid.table}", reason=reason, marks=marks)


def present(connection: psycopg.Connection, laid: Laid) -> int:
    """How many of the rows are there, in the eyes of somebody who sees all.

    Raises:
        NoAnswer: nobody whom we may become does.
    """
    try:
        return _count_as(connection, "", laid)
    except psycopg.errors.InsufficientPrivilege:
        try:
            return _count_as(connection, SERVICE, laid)
        except psycopg.errors.InsufficientPrivilege as error:
            raise NoAnswer(f"rows of {laid.schema}.{laid.table} cannot be looked for") from error


def _count_as(connection: psycopg.Connection, role: str, laid: Laid) -> int:
    with connection.transaction(force_rollback=True):
        _seeing_all(connection, role)
        return sum(_counted(connection, laid, mark) for mark in laid.marks)


def _remove_as(connection: psycopg.Connection, role: str, laid: Laid) -> int:
    with connection.transaction():
        _seeing_all(connection, role)
        removed = sum(connection.execute(_delete(laid, mark)).rowcount for mark in laid.marks)
        left = sum(_counted(connection, laid, mark) for mark in laid.marks)
    if left:
        raise NoAnswer(f"{left} of them withstood the delete")
    return removed


def _seeing_all(connection: psycopg.Connection, role: str) -> None:
    """Ourselves, for whom rows that a policy hides are then an error, or a role that no policy binds."""
    _bounded(connection)
    if role:
        become(connection, role, None)
    else:
        connection.execute("select pg_catalog.set_config('row_security', 'off', true)")


def _counted(connection: psycopg.Connection, laid: Laid, mark: Mapping[str, Any]) -> int:
    query = sql.SQL("select pg_catalog.count(*) from {} where {}").format(_table(laid), rows.where(mark))
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _delete(laid: Laid, mark: Mapping[str, Any]) -> sql.Composed:
    return sql.SQL("delete from {} where {}").format(_table(laid), rows.where(mark))


def _table(laid: Laid) -> sql.Identifier:
    return sql.Identifier(laid.schema, laid.table)


def _bounded(connection: psycopg.Connection) -> None:
    connection.execute(
        "select pg_catalog.set_config('statement_timeout', %s, true), pg_catalog.set_config('lock_timeout', %s, true)",
        _TIMEOUTS,
    )


def _lay(connection: psycopg.Connection, *who: UUID) -> None:
    with connection.transaction():
        _bounded(connection)
        for user in who:
            email = f"haulback-canary-{user}@invalid.example"
            connection.execute(script("haulback.verify", "throw_away_user.sql"), {"id": user, "email": email})


def _users_refused(connection: psycopg.Connection) -> str:
    """Why no user may be laid; empty where one may."""
    try:
        found = rows.shape(connection, "auth", "users")
    except psycopg.Error as error:
        return f"auth.users cannot be looked at: {error.diag.message_primary or type(error).__name__}"
    if found is None:
        return "there is no table auth.users"
    return f"no user is made up in auth.users: {found.harm}" if found.harm else ""
