"""Which inserts go by the connection that they share: only such as hold up nobody."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from rest_api import Api, served

if TYPE_CHECKING:
    from conftest import Database

# Shared connections wait for a lock for a moment only, which tells who went by one.
SCHEMA = """
CREATE TABLE public.notes (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text, waits text DEFAULT current_setting('lock_timeout'));
"""


@pytest.fixture
def api(database: Database) -> Iterator[Api]:
    with database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)
    with served(database) as running:
        yield running


def inserted(api: Api, body: str) -> str:
    """Inserts, and how long the connection that it went by waits for a lock."""
    assert api.ask("POST", "/notes", {"body": body}).status == 201
    rows = api.ask("GET", "/notes?select=waits&order=id.desc&limit=1").json
    return str(rows[0]["waits"])


def until_shared(api: Api) -> None:
    end = time.monotonic() + 30
    while inserted(api, "small") != "10ms":
        assert time.monotonic() < end


def test_a_large_body_goes_alone(api: Api) -> None:
    until_shared(api)
    assert inserted(api, "x" * 70_000) != "10ms"
    until_shared(api)
