"""A library behind a gateway without HTTP, on either server; every request is taken back unless it says `tx=commit`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from direct import Direct

from haulback.gateway.rest.planned import Options
from haulback.gateway.schema.model import SchemaCache
from haulback.gateway.schema.reading import read
from haulback.pg.cluster import SUPERUSER, Running

_LIBRARY = Path(__file__).with_name("library.sql")
Standing = Callable[[Running, Path], AbstractContextManager[str]]
_OPTIONS = Options(tx_end="rollback-allow-override", extra_search_path=("public",), plan=True)


@pytest.fixture(scope="session", params=["embedded", "pg15"])
def library_server(request: pytest.FixtureRequest) -> Running:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def library_database(library_server: Running, standing: Standing) -> Iterator[str]:
    """Name of a database with the library in it."""
    with standing(library_server, _LIBRARY) as name:
        yield name


@pytest.fixture(scope="session")
def library_cache(library_server: Running, library_database: str) -> SchemaCache:
    with psycopg.connect(library_server.conninfo("authenticator", library_database), autocommit=True) as connection:
        return read(connection, ("api",), ("public",))


@pytest.fixture
def library(library_server: Running, library_database: str, library_cache: SchemaCache) -> Iterator[Direct]:
    with psycopg.connect(library_server.conninfo("authenticator", library_database), autocommit=True) as connection:
        yield Direct(connection, library_cache, _OPTIONS)


@pytest.fixture
def keeping(library: Direct, library_server: Running, library_database: str) -> Iterator[Direct]:
    """The same, whose requests are committed; what they wrote is taken back at the end."""
    with psycopg.connect(library_server.conninfo(SUPERUSER, library_database), autocommit=True) as connection:
        kept = ("log", "letters", "stock")
        before = {name: connection.execute(f"SELECT * FROM api.{name}").fetchall() for name in kept}
        yield replace(library, options=Options(extra_search_path=("public",)))
        for name, rows in before.items():
            connection.execute(f"DELETE FROM api.{name}")
            for row in rows:
                connection.execute(f"INSERT INTO api.{name} VALUES ({', '.join(['%s'] * len(row))})", row)
