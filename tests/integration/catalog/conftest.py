"""The broad schema on each server, and empty clusters to build it in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from catalog_servers import superuser

from haulback.model.schema import Schema
from haulback.pg import binaries
from haulback.pg.catalog.reader import read
from haulback.pg.cluster import SUPERUSER, Cluster, Running

HERE = Path(__file__).parent
ROLES = ("shape_writer", "shape_reader")


@pytest.fixture(scope="session", params=["embedded", "pg15"])
def broad_server(request: pytest.FixtureRequest) -> Running:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def broad(broad_server: Running) -> Iterator[str]:
    """The name of a database with one of every kind; tests leave it as it was."""
    name = "broad"
    with psycopg.connect(broad_server.conninfo(SUPERUSER, "template1"), autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE haulback_test_template STRATEGY file_copy")
        try:
            with superuser(broad_server, name) as connection:
                connection.execute((HERE / "broad.sql").read_bytes())
                if connection.info.server_version >= 180000:
                    connection.execute((HERE / "broad18.sql").read_bytes())
            yield name
        finally:
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
            for role in ROLES:
                admin.execute(f"DROP ROLE IF EXISTS {role}")


@pytest.fixture(scope="session")
def untouched(broad_server: Running, broad: str) -> Schema:
    """The broad schema as it is read before anything happens to it."""
    with superuser(broad_server, broad) as connection:
        return read(connection)


@pytest.fixture
def target(broad_server: Running, broad: str) -> Iterator[psycopg.Connection]:
    """A superuser's session in the broad schema; what it does is rolled back."""
    with superuser(broad_server, broad) as connection, connection.transaction(force_rollback=True):
        yield connection


@pytest.fixture(scope="session")
def bare(broad_server: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A cluster of the same major without the platform: what a shadow is made in."""
    with psycopg.connect(broad_server.conninfo(SUPERUSER, "template1")) as connection:
        major = connection.info.server_version // 10000
    found = binaries.for_major(major) or binaries.embedded()
    cluster = Cluster(
        tmp_path_factory.mktemp("bare"), "bare", found, durable=False, platform=False, database="haulback", listen=False
    )
    try:
        yield cluster.start()
    finally:
        cluster.destroy()


@pytest.fixture
def shadow(bare: Running) -> Iterator[psycopg.Connection]:
    """A superuser's session in an empty database of another cluster."""
    with psycopg.connect(bare.conninfo(SUPERUSER, "template1"), autocommit=True) as admin:
        admin.execute("DROP DATABASE IF EXISTS shadow WITH (FORCE)")
        admin.execute("CREATE DATABASE shadow TEMPLATE template0 STRATEGY file_copy")
        with superuser(bare, "shadow") as connection:
            yield connection
        admin.execute("DROP DATABASE shadow WITH (FORCE)")
