"""The Server-Timing header: which stages are told, and when."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from rest_api import Api, served, token

from haulback.gateway.rest.planned import Options

if TYPE_CHECKING:
    from conftest import Database

SCHEMA = """
CREATE TABLE public.things (id int PRIMARY KEY, name text);
INSERT INTO public.things VALUES (1, 'one'), (2, 'two');
GRANT ALL ON public.things TO anon;
CREATE FUNCTION public.slow() RETURNS int LANGUAGE sql AS 'SELECT 1 FROM pg_sleep(0.05)';
"""
STAGES = ["jwt", "parse", "plan", "transaction", "response"]


@pytest.fixture
def ground(database: Database) -> Database:
    with database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)
    return database


@pytest.fixture
def timed(ground: Database) -> Iterator[Api]:
    with served(ground, Options(server_timing=True, tx_end="commit-allow-override")) as api:
        yield api


def stages(header: str) -> dict[str, float]:
    found = re.findall(r"(\w+);dur=(\d+\.\d)", header)
    assert ", ".join(f"{name};dur={duration}" for name, duration in found) == header
    return {name: float(duration) for name, duration in found}


@pytest.mark.parametrize(
    ("method", "path", "body", "headers"),
    [
        ("GET", "/things?id=eq.1", None, {}),
        ("HEAD", "/things", None, {}),
        ("POST", "/things", {"id": 3}, {"Prefer": "return=representation"}),
        ("POST", "/things", {"id": 4}, {"Prefer": "tx=rollback"}),
        ("PATCH", "/things?id=eq.1", {"name": "uno"}, {}),
        ("PUT", "/things?id=eq.2", {"id": 2, "name": "dos"}, {}),
        ("DELETE", "/things?id=eq.2", None, {}),
        ("POST", "/rpc/slow", {}, {}),
        ("HEAD", "/", None, {}),
        ("OPTIONS", "/things", None, {}),
        ("OPTIONS", "/rpc/slow", None, {}),
        ("OPTIONS", "/", None, {}),
    ],
)
def test_every_stage_is_told(timed: Api, method: str, path: str, body: object, headers: dict[str, str]) -> None:
    reply = timed.ask(method, path, body, headers=headers, token=token("anon"))
    assert reply.status < 300
    assert list(stages(reply.headers["server-timing"])) == STAGES


def test_the_transaction_lasts_as_long_as_the_database_took(timed: Api) -> None:
    told = stages(timed.ask("POST", "/rpc/slow", {}).headers["server-timing"])
    assert told["transaction"] >= 50


def test_a_refusal_tells_no_times(timed: Api) -> None:
    for path in ("/nothing", "/things?id=eq.x"):
        refused = timed.ask("GET", path)
        assert refused.status >= 400
        assert "server-timing" not in refused.headers


def test_it_is_off_unless_asked_for(ground: Database) -> None:
    with served(ground) as api:
        assert "server-timing" not in api.ask("GET", "/things").headers
