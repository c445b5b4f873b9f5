"""A context for one check on a fresh database."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg import sql

from haulback.checks._context import CheckContext
from haulback.model.target import Environment, Policy, Target
from haulback.pg.session import server

Context = Callable[..., CheckContext]
PLAIN = "checks_plain"


@pytest.fixture
def target() -> Target:
    """A strict one."""
    return Target(name="here", environment=Environment.PRODUCTION, parameters={}, policy=Policy(unknown_blocks=True))


@pytest.fixture
def connect(database) -> Iterator[Callable[..., psycopg.Connection]]:
    """Opens sessions of any role; autocommit unless told otherwise."""
    opened: list[psycopg.Connection] = []

    def _connect(user: str = "postgres", *, autocommit: bool = True, **parameters: str) -> psycopg.Connection:
        opened.append(psycopg.connect(database.conninfo(user), autocommit=autocommit, **parameters))
        return opened[-1]

    yield _connect
    for connection in opened:
        connection.close()


@pytest.fixture
def superuser(connect) -> psycopg.Connection:
    return connect("supabase_admin")


@pytest.fixture
def plain(superuser) -> Iterator[str]:
    """A role that may log in and no more."""
    superuser.execute(sql.SQL("create role {} login").format(sql.Identifier(PLAIN)))
    yield PLAIN
    superuser.execute(sql.SQL("drop owned by {0}; drop role {0}").format(sql.Identifier(PLAIN)))


@pytest.fixture
def context(connect, target) -> Context:
    """`context(user, **fields)`: a context on a session of its own."""

    def _context(user: str = "postgres", **fields) -> CheckContext:
        connection = connect(user, application_name="haulback")
        given = {"target": target, "connection": connection, "server": server(connection)}
        return CheckContext(**given | fields)

    return _context
