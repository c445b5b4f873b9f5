"""The access log of an API that is asked over HTTP."""

from __future__ import annotations

import json
import os
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from rest_api import Api, served, token

from haulback.gateway.access.log import AccessSettings
from haulback.gateway.http.forwarded import Proxies, proxies
from haulback.gateway.http.limits import Limits

if TYPE_CHECKING:
    from conftest import Database

SCHEMA = """
CREATE TABLE public.notes (id int PRIMARY KEY, body text);
GRANT ALL ON public.notes TO anon, authenticated;
"""


@pytest.fixture
def ground(database: Database) -> Database:
    with database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)
    return database


class Log:
    """What was written into a pipe, read to its end by a thread."""

    def __init__(self) -> None:
        self._reading, self.writing = os.pipe()
        self._text = b""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def lines(self) -> list[str]:
        """All but that of whoever waited for the API to be there."""
        os.close(self.writing)
        self._thread.join(30)
        return [line for line in self._text.decode("ascii").splitlines() if "/rest/v1/health" not in line]

    def _read(self) -> None:
        with os.fdopen(self._reading, "rb") as stream:
            self._text = stream.read()


@contextmanager
def logged(
    database: Database,
    *,
    is_json: bool = False,
    least: int = 0,
    limits: Limits | None = None,
    behind: Proxies | None = None,
) -> Iterator:
    log = Log()
    access = AccessSettings(is_json=is_json, least=least, descriptor=log.writing)
    with served(database, access=access, limits=limits, proxies=behind) as api:
        yield api, log


def raw(api: Api, sent: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", api.port), timeout=30) as client:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65536), b""))


def test_a_line_for_each_request(ground: Database) -> None:
    with logged(ground) as (api, log):
        api.ask("POST", "/notes", {"id": 1, "body": "hello"}, token=token("authenticated"))
        body = api.ask("GET", "/notes?select=body", token=token("anon"), headers={"User-Agent": "a test"}).body
        api.ask("GET", "/notes", token="not.a.token")
        api.ask("GET", "/none")
        api.ask("GET", "/v1", mount="/graphql")
        api.ask("GET", "/elsewhere", mount="")
    lines = log.lines()
    found = [
        re.fullmatch(r'127\.0\.0\.1 - (\S+) \[[^]]+\] "([^"]+)" (\d+) (\d+) "" "([^"]*)" [\d.]+ms', one)
        for one in lines
    ]
    told = [one.groups() for one in found if one]
    assert [one[:3] for one in told] == [
        ("authenticated", "POST /rest/v1/notes HTTP/1.1", "201"),
        ("anon", "GET /rest/v1/notes?select=body HTTP/1.1", "200"),
        ("-", "GET /rest/v1/notes HTTP/1.1", "401"),
        ("anon", "GET /rest/v1/none HTTP/1.1", "404"),
        ("anon", "GET /graphql/v1 HTTP/1.1", "200"),
        ("anon", "GET /elsewhere HTTP/1.1", "404"),
    ]
    assert told[1][3:] == (str(len(body)), "a test")


def test_no_token_is_in_it(ground: Database) -> None:
    secret = token("anon", user="00000000-0000-4000-8000-000000000001")
    with logged(ground) as (api, log):
        api.ask("GET", f"/notes?apikey={secret}")
        api.ask("GET", "/notes", token=secret, headers={"apikey": secret, "Referer": f"http://a/?token={secret}"})
        api.ask("GET", f"/notes?body=eq.{secret}")
    text = "\n".join(log.lines())
    assert text.count("\n") == 2
    assert "********" in text
    assert not any(part in text for part in secret.split("."))


def test_a_path_begins_no_line_of_its_own(ground: Database) -> None:
    forged = b'GET /rest/v1/a%0d%0a127.0.0.1%20-%20x" HTTP/1.1\r\nHost: x\r\n'
    with logged(ground) as (api, log):
        raw(api, forged + b'User-Agent: a"\xc2\x9b2J\r\nConnection: close\r\n\r\n')
        raw(api, b"GET /rest/v1/a\x1b[2J HTTP/1.1\r\nHost: x\r\n\r\n")
    one, other = log.lines()
    assert 'GET /rest/v1/a%0d%0a127.0.0.1%20-%20x%22 HTTP/1.1" 404' in one
    assert r'"a\x22\xC2\x9B2J"' in one
    assert '" 400 0 ' in other
    assert (one + other).isprintable()


def test_a_request_that_cannot_be_read(ground: Database) -> None:
    with logged(ground, limits=Limits(body=10, line=300)) as (api, log):
        raw(api, b"nonsense\r\n\r\n")
        raw(api, b"POST /rest/v1/notes?select=id HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        raw(api, b"GET /" + b"a" * 400 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    asked = [re.search(r'"([^"]+)" (\d+) ', line) for line in log.lines()]
    told = [(one[1], one[2]) for one in asked if one]
    assert told[:2] == [("- - HTTP/1.1", "400"), ("POST /rest/v1/notes?select=id HTTP/1.1", "413")]
    assert told[2][1] == "414"


def test_only_from_a_status_on_and_as_json(ground: Database) -> None:
    with logged(ground, is_json=True, least=400) as (api, log):
        api.ask("GET", "/notes")
        api.ask("GET", "/none?select=id")
    (told,) = [json.loads(line) for line in log.lines()]
    assert (told["status"], told["path"], told["query"], told["role"]) == (404, "/rest/v1/none", "select=id", "anon")


def test_whom_a_trusted_proxy_asks_for(ground: Database) -> None:
    with logged(
        ground, is_json=True, limits=Limits(headers=300), behind=proxies(("127.0.0.0/8",), "X-Forwarded-For")
    ) as (
        api,
        log,
    ):
        for said in ("203.0.113.7", "10.0.0.1, 2001:DB8::7", "198.51.100.1, a\tb"):
            api.ask("GET", "/notes", headers={"X-Forwarded-For": said})
        api.ask("GET", "/notes", headers={"Forwarded": "for=203.0.113.7"})
        # What a client sent comes before what its proxy adds: headers that break off say nothing.
        broken = b"GET /rest/v1/notes HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.7\r\nA: " + b"a" * 70_000
        raw(api, broken + b"\r\n\r\n")
    told = [json.loads(line) for line in log.lines()]
    assert [one["client"] for one in told] == ["203.0.113.7", "2001:db8::7", *["127.0.0.1"] * 3]
    assert told[-1]["status"] == 431


def test_a_client_names_nobody_by_itself(ground: Database) -> None:
    with logged(ground, is_json=True, behind=proxies(("10.0.0.0/8",), "X-Forwarded-For")) as (api, log):
        api.ask("GET", "/notes", headers={"X-Forwarded-For": "203.0.113.7"})
    (told,) = [json.loads(line) for line in log.lines()]
    assert told["client"] == "127.0.0.1"


def test_whoever_does_not_read_keeps_nobody_waiting(ground: Database) -> None:
    reading, writing = os.pipe()
    with served(ground, access=AccessSettings(descriptor=writing)) as api:
        connection = api.connection()
        asked = f"/notes?id=eq.1&select={'x' * 900}"
        answered = [api.ask("HEAD", asked, connection=connection).status for _ in range(200)]  # three times a pipe
        assert set(answered) == {400}
        connection.close()
    os.close(reading)
    os.close(writing)


def test_off_unless_asked_for(ground: Database, capfd: pytest.CaptureFixture[str]) -> None:
    with served(ground) as api:
        api.ask("GET", "/notes")
    assert "/rest/v1/notes" not in capfd.readouterr().err
