"""The cache of one small shop, read on each server once as the role that a gateway connects as."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import psycopg
import pytest

from haulback.gateway.schema.model import SchemaCache
from haulback.gateway.schema.reading import read
from haulback.pg.cluster import Running

_SHOP = Path(__file__).with_name("shop.sql")
Standing = Callable[[Running, Path], AbstractContextManager[str]]


@pytest.fixture(scope="session", params=["embedded", "pg15"])
def shop_server(request: pytest.FixtureRequest) -> Running:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="session")
def shop_database(shop_server: Running, standing: Standing) -> Iterator[str]:
    """Name of a database with the shop in it; the tests leave all that the cache holds as it is."""
    with standing(shop_server, _SHOP) as name:
        yield name


@pytest.fixture
def as_authenticator(shop_server: Running, shop_database: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(shop_server.conninfo("authenticator", shop_database), autocommit=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def shop(shop_server: Running, shop_database: str) -> SchemaCache:
    """Of the schema `shop`; views may lead through `hidden`."""
    with psycopg.connect(shop_server.conninfo("authenticator", shop_database), autocommit=True) as connection:
        return read(connection, ["shop"], ["hidden"])
