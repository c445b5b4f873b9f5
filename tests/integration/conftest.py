"""Real PostgreSQL for the tests: one server a version and worker, one database a test."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER, Cluster, Running

TEMPLATE = "haulback_test_template"


@dataclass(frozen=True)
class Database:
    """A database with the Supabase platform, for one test."""

    server: Running
    name: str

    def conninfo(self, user: str = "postgres", via: str = "socket") -> str:
        return self.server.conninfo(user, self.name, "tcp" if via == "tcp" else "socket")

    def url(self, user: str = "postgres") -> str:
        return self.server.url(user, self.name)

    def connect(self, user: str = "postgres", *, autocommit: bool = False) -> psycopg.Connection:
        return psycopg.connect(self.conninfo(user), autocommit=autocommit)


def _serve(home: Path, found: binaries.Binaries) -> Iterator[Running]:
    cluster = Cluster(home, f"test{found.major}", found)
    running = cluster.start()
    try:
        with psycopg.connect(running.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
            # Nobody connects to this one, so it can be copied at any time.
            connection.execute(
                f"CREATE DATABASE {TEMPLATE} TEMPLATE postgres OWNER postgres"
                " STRATEGY file_copy ALLOW_CONNECTIONS false IS_TEMPLATE true"
            )
        yield running
    finally:
        cluster.destroy()


@pytest.fixture(scope="session")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The embedded PostgreSQL with the platform, durable."""
    yield from _serve(tmp_path_factory.mktemp("embedded"), binaries.embedded())


@pytest.fixture(scope="session")
def pg15(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """The same on an installed PostgreSQL 15."""
    found = binaries.for_major(15)
    if found is None:
        reason = "PostgreSQL 15 is not installed (apt-get install postgresql)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    yield from _serve(tmp_path_factory.mktemp("pg15"), found)


@pytest.fixture(params=["embedded", "pg15"])
def any_major(request: pytest.FixtureRequest) -> Running:
    """Either server: a test that asks for it runs on both."""
    return request.getfixturevalue(request.param)


def fresh(server: Running) -> Iterator[Database]:
    name = f"test_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER postgres STRATEGY file_copy")
        try:
            yield Database(server, name)
        finally:
            _drop(connection, name)


def _drop(connection: psycopg.Connection, name: str) -> None:
    """Waits for a slot that ends with its connection: the server takes a moment to notice. One that stays is an error."""
    until = time.monotonic() + 20
    while True:
        try:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        except psycopg.errors.ObjectInUse:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
        else:
            return


@pytest.fixture(scope="session")
def standing() -> Callable[[Running, Path], AbstractContextManager[str]]:
    """Makes a database from a file of SQL, run as `postgres`, and gives its name; the tests share it."""

    @contextmanager
    def made(server: Running, text: Path) -> Iterator[str]:
        name = f"{text.stem}_{uuid.uuid4().hex[:12]}"
        with psycopg.connect(server.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 OWNER postgres")
            try:
                with psycopg.connect(server.conninfo("postgres", name), autocommit=True) as owner:
                    owner.execute(text.read_text(encoding="utf-8"))
                yield name
            finally:
                _drop(connection, name)

    return made


@pytest.fixture
def database(embedded: Running) -> Iterator[Database]:
    """A fresh database with the platform, on the embedded server."""
    yield from fresh(embedded)


@pytest.fixture
def database15(pg15: Running) -> Iterator[Database]:
    """A fresh database with the platform, on PostgreSQL 15."""
    yield from fresh(pg15)


@pytest.fixture
def any_database(any_major: Running) -> Iterator[Database]:
    """A fresh database with the platform, on either server."""
    yield from fresh(any_major)
