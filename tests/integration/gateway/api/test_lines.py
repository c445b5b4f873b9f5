"""Rows as lines of JSON: all of a body or nothing, for service_role, and the place of what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from rest_api import Api, Reply, served, token

if TYPE_CHECKING:
    from conftest import Database

SCHEMA = """
CREATE TYPE public.mood AS ENUM ('calm', 'cross');
CREATE TABLE public.events (
    id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text, mood public.mood, tags text[], about jsonb, at timestamptz);
CREATE TABLE public.other (id int CHECK (id > 0));
"""
KEY = token("service_role")


@pytest.fixture
def api(database: Database) -> Iterator[Api]:
    with database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)
    with served(database) as running:
        yield running


def sent(api: Api, body: bytes, path: str = "/events", key: str | None = KEY) -> Reply:
    return api.ask("POST", path, body, token=key, headers={"Content-Type": "application/x-ndjson"})


def bodies(api: Api) -> list[str]:
    return [row["body"] for row in api.ask("GET", "/events?select=body&order=id", token=KEY).json]


def test_each_line_becomes_a_row(api: Api) -> None:
    lines = (
        b'{"body": "a\\n\\"b\\"\\t,\xc3\xa9", "mood": "calm", "tags": ["x", "y"], "about": {"k": [1]}, "at": null}\n'
        b'{"mood": "cross", "body": "second, of other order"}\r\n'
        b"\n"
        b'{"body": "last, without an end of line", "surplus": 1}'
    )
    reply = sent(api, lines)
    assert (reply.status, reply.headers["content-range"], reply.body) == (201, "*/3", b"")
    assert bodies(api) == ['a\n"b"\t,é', "second, of other order", "last, without an end of line"]
    first = api.ask("GET", "/events?limit=1&order=id&select=mood,tags,about", token=KEY).json
    assert first == [{"mood": "calm", "tags": ["x", "y"], "about": {"k": [1]}}]


def test_the_columns_may_be_named(api: Api) -> None:
    assert sent(api, b'{"body": "a", "mood": "no mood at all"}\n', "/events?columns=body").status == 201
    assert bodies(api) == ["a"]


def test_many_lines(api: Api) -> None:
    body = b"".join(b'{"body": "%d"}\n' % number for number in range(50_000))
    assert sent(api, body).headers["content-range"] == "*/50000"


@pytest.mark.parametrize(
    ("body", "path", "status", "code", "place"),
    [
        (b'{"body": "a"}\n{"body": \n{"body": "c"}\n', "/events", 400, "22P02", "line 2"),
        (b'{"mood": "calm"}\n{"mood": "bored"}\n', "/events", 400, "22P02", None),
        (b'{"id": 1}\n{"id": -1}\n', "/other", 400, "23514", None),
        (b'{"body": "a"}\n\\.\n{"body": "c"}\n', "/events", 400, "PGRST102", None),
        (b'{"body": "a"}\n[1]\n', "/events", 400, None, None),
        (b'{"body": "\xff"}\n', "/events", 400, None, None),
        (b'{"body": "\x01\x02"}\n', "/events", 400, None, None),
        (b"[1]\n", "/events", 400, "PGRST102", None),
        (b"", "/events", 400, "PGRST102", None),
        (b"{}\n", "/events", 400, "PGRST102", None),
        (b'{"nothing": 1}\n', "/events", 400, "PGRST204", None),
        (b'{"body": 1}\n', "/nothing", 404, "PGRST205", None),
        (b'{"body": 1}\n', "/rpc/nothing", 400, "PGRST102", None),
    ],
)
def test_where_one_line_is_wrong_none_is_taken(
    api: Api, body: bytes, path: str, status: int, code: str | None, place: str | None
) -> None:
    reply = sent(api, body, path)
    assert reply.status == status
    if code:
        assert reply.json["code"] == code
    if place:
        assert place in reply.json["details"]
    assert (bodies(api), api.said) == ([], [])


def test_only_service_role_may(api: Api) -> None:
    line = b'{"body": "a"}\n'
    assert [sent(api, line, key=None).status, sent(api, line, key=token(user="x")).status] == [401, 403]
    assert bodies(api) == []
