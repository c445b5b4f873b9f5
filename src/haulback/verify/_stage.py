"""The stage of a probe: one transaction that is always rolled back, and in it the API's roles and two users."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, LiteralString
from uuid import UUID, uuid4

import psycopg
from psycopg import sql

from haulback.pg.queries import script

ANONYMOUS = "anon"
SIGNED_IN = "authenticated"
SERVICE = "service_role"

_STATEMENT_TIMEOUT = "2s"
_LOCK_TIMEOUT = "500ms"  # half the lock budget: a probe never makes a queue that anybody notices
_GAVE_UP = ("57014", "55P03", "40P01")  # statement_timeout, lock_timeout, deadlock: no answer about permissions


class NoAnswer(Exception):
    """Why a probe could not be made; becomes unknown, never leaves this room."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What came of one statement.

    Attributes:
        rows: what it returned, if it returns rows.
        count: rows returned or affected; 0 after an error.
        state: SQLSTATE of the error, or None.
    """

    rows: tuple[tuple[Any, ...], ...] = ()
    count: int = 0
    state: str | None = None
    message: str = ""

    @property
    def refused(self) -> bool:
        """Whether a privilege or a policy said no."""
        return self.state == "42501"


@dataclass(frozen=True, slots=True)
class Stage:
    """What a probe acts on; `first` and `second` are two users of auth.users."""

    connection: psycopg.Connection
    first: UUID
    second: UUID

    def attempt(
        self, role: str, user: UUID | None, query: LiteralString | sql.Composed, parameters: Sequence[Any] = ()
    ) -> Attempt:
        """Runs one statement as the API would for this role and user; what it did stays until the end of the probe.

        Raises:
            NoAnswer: we may not become the role, or the statement waited too long.
        """
        return attempt(self.connection, role, user, query, parameters)


def attempt(
    connection: psycopg.Connection,
    role: str,
    user: UUID | None,
    query: LiteralString | sql.Composed,
    parameters: Sequence[Any] = (),
) -> Attempt:
    """As `Stage.attempt`, on a session with an open transaction."""
    become(connection, role, user)
    return ran(connection, role, query, parameters)


def ran(
    connection: psycopg.Connection,
    role: str,
    query: LiteralString | sql.Composed,
    parameters: Sequence[Any] = (),
) -> Attempt:
    """As `attempt`, where the role has been taken; it is given back."""
    try:
        with connection.transaction():
            # Where there are none, a percent sign in a quoted name is no place for one.
            cursor = connection.execute(query, parameters or None)
            rows = tuple(cursor.fetchall()) if cursor.description else ()
            return Attempt(rows, max(cursor.rowcount, 0))
    except psycopg.Error as error:
        if error.sqlstate is None or error.sqlstate in _GAVE_UP:
            raise NoAnswer(f"{role} got no answer: {error.diag.message_primary or error}") from error
        return Attempt(state=error.sqlstate, message=error.diag.message_primary or "")
    finally:
        if not connection.closed and connection.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS:
            connection.execute("select pg_catalog.set_config('role', 'none', true)")


def become(
    connection: psycopg.Connection, role: str, user: UUID | None, claims: Mapping[str, Any] | None = None
) -> None:
    """Takes a role and its claims for the rest of the transaction, the way PostgREST does.

    Args:
        connection: with an open transaction.
        role: to be taken.
        user: whose claims are made up, where `claims` does not say them.
        claims: all of a token; `role` is added.

    A statement of its own: in the same statement as a query, the query's policies would still see the old claims.

    Raises:
        NoAnswer: the role does not exist, or is not granted to us.
    """
    made_up = {"sub": str(user), "aud": SIGNED_IN} if user else {}
    told = {**(made_up if claims is None else claims), "role": role}
    try:
        with connection.transaction():
            connection.execute(
                "select pg_catalog.set_config('role', %s, true), pg_catalog.set_config('request.jwt.claims', %s, true)",
                (role, json.dumps(told)),
            )
    except psycopg.Error as error:
        raise NoAnswer(f"cannot become {role}: {error.diag.message_primary or error}") from error


@contextmanager
def rolled_back(connection: psycopg.Connection, timeout: str = _STATEMENT_TIMEOUT) -> Iterator[None]:
    """A transaction of which nothing stays, in which nothing can hang."""
    with connection.transaction(force_rollback=True):
        connection.execute(
            "select pg_catalog.set_config('statement_timeout', %s, true),"
            " pg_catalog.set_config('lock_timeout', %s, true)",
            (timeout, _LOCK_TIMEOUT),
        )
        yield


@contextmanager
def staged(connection: psycopg.Connection) -> Iterator[Stage]:
    """A stage with two users: throw-away ones where auth.users takes them from us, else two who exist.

    Raises:
        NoAnswer: neither can be had.
    """
    with rolled_back(connection):
        first, second = _thrown_away(connection) or _existing(connection)
        yield Stage(connection, first, second)


def _thrown_away(connection: psycopg.Connection) -> tuple[UUID, UUID] | None:
    users = (uuid4(), uuid4())
    try:
        with connection.transaction():
            for user in users:
                connection.execute(
                    script("haulback.verify", "throw_away_user.sql"),
                    {"id": user, "email": f"haulback-probe-{user}@invalid.example"},
                )
    except psycopg.Error:
        return None  # not ours to write, or a trigger of the application wants more than we know
    return users


def _existing(connection: psycopg.Connection) -> tuple[UUID, UUID]:
    try:
        with connection.transaction():
            rows = connection.execute("select u.id from auth.users as u order by u.id limit 2").fetchall()
    except psycopg.Error as error:
        raise NoAnswer(f"no users to probe with: {error.diag.message_primary or error}") from error
    if len(rows) != 2:  # noqa: PLR2004 - two users, as the query asks
        raise NoAnswer("no users to probe with: auth.users takes none from us and has fewer than two")
    return rows[0][0], rows[1][0]
