"""One database with the platform for all lints: each example runs in a transaction that is rolled back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from haulback.advice import running
from haulback.advice.lint import LintContext
from haulback.model.advice import LintAnswer
from haulback.pg.cluster import SUPERUSER, Running

Asking = Callable[..., LintAnswer]
_NAME = "advice_examples"


@pytest.fixture(scope="session")
def advised(embedded: Running) -> Iterator[str]:
    """The connection string of that database, as the operator."""
    with psycopg.connect(embedded.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
        connection.execute(f"create database {_NAME} template haulback_test_template owner postgres strategy file_copy")
        try:
            yield embedded.conninfo(SUPERUSER, _NAME)
        finally:
            connection.execute(f"drop database if exists {_NAME} with (force)")


@pytest.fixture
def example(advised: str) -> Iterator[psycopg.Connection]:
    """A transaction of the deploying role that is rolled back; `reset role` makes it the operator's."""
    with _undone(advised) as connection:
        yield connection


@contextmanager
def _undone(conninfo: str) -> Iterator[psycopg.Connection]:
    connection = psycopg.connect(conninfo)
    try:
        connection.execute("set local role postgres")
        yield connection
    finally:
        connection.rollback()
        connection.close()


@pytest.fixture
def ask() -> Asking:
    """`ask(connection, name)`: what the lint of that name says of what the connection sees."""

    def asked(connection: psycopg.Connection, name: str, exposed: tuple[str, ...] = ("public",)) -> LintAnswer:
        context = LintContext(connection, running.look_around(connection), exposed)
        return running.run(context, [running.lints()[name]])[0]

    return asked
