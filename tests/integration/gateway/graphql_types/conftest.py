"""What each role sees of one gallery, read on each server once as the role that a gateway connects as."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest

from haulback.gateway.graphql.catalog import Catalog
from haulback.gateway.graphql.types.reading import privileges, read
from haulback.gateway.graphql.types.schema import RoleSchema
from haulback.pg.cluster import Running

_GALLERY = Path(__file__).with_name("gallery.sql")
Standing = Callable[[Running, Path], AbstractContextManager[str]]


@pytest.fixture(scope="session", params=["embedded", "pg15"])
def gallery_server(request: pytest.FixtureRequest) -> Running:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def gallery_database(gallery_server: Running, standing: Standing) -> Iterator[str]:
    """Name of a database with the gallery in it; the tests leave it as it is."""
    with standing(gallery_server, _GALLERY) as name:
        yield name


@pytest.fixture
def owner(gallery_server: Running, gallery_database: str) -> Iterator[psycopg.Connection]:
    """The gallery's owner, whose changes are taken back."""
    with psycopg.connect(gallery_server.conninfo("postgres", gallery_database)) as connection:
        yield connection
        connection.rollback()


@pytest.fixture(scope="session")
def catalog(gallery_server: Running, gallery_database: str) -> Catalog:
    with psycopg.connect(gallery_server.conninfo("authenticator", gallery_database), autocommit=True) as connection:
        return read(connection, ["gallery", "vault"])


@pytest.fixture(scope="session")
def seen_by(gallery_server: Running, gallery_database: str, catalog: Catalog) -> Callable[[str], RoleSchema]:
    """What a role sees of the gallery and the vault."""

    def seen(role: str) -> RoleSchema:
        conninfo = gallery_server.conninfo("authenticator", gallery_database)
        with psycopg.connect(conninfo, autocommit=True) as connection:
            allowed = privileges(connection, catalog, role)
        assert allowed is not None
        return RoleSchema(catalog, allowed)

    return seen


@pytest.fixture(scope="session")
def seen(seen_by: Callable[[str], RoleSchema]) -> RoleSchema:
    """What `authenticated` sees, which may do everything."""
    return seen_by("authenticated")
