"""A line of the access log: what is in it, and what never is."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.access.lines import Entry, document, text
from haulback.gateway.access.masking import MASK, masked_query
from haulback.gateway.answer import Answer
from haulback.gateway.http.headers import Headers
from haulback.gateway.http.request import Request

AT = 1795885502.25  # 2026-11-28 17:05:02.25 UTC
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJyb2xlIjoiYW5vbiJ9.c2lnbmF0dXJl"


def entry(method: str = "GET", path: str = "/rest/v1/clients", query: str = "", status: int = 200, **headers: str):
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    request = Request(method, path, query, Headers(raw), client="127.0.0.1")
    return Entry(AT, "user", request, Answer(status, (), b"x" * 56), 0.00314)


def test_as_postgrest_writes_it() -> None:
    assert text(entry(user_agent="curl/7.64.0")) == (
        '127.0.0.1 - user [28/Nov/2026:17:05:02 +0000] "GET /rest/v1/clients HTTP/1.1" 200 56 "" "curl/7.64.0" 3.1ms'
    )


def test_as_json() -> None:
    assert json.loads(document(entry(query="id=eq.1", user_agent="curl/7.64.0"))) == {
        "time": "2026-11-28T17:05:02.250Z",
        "client": "127.0.0.1",
        "role": "user",
        "method": "GET",
        "path": "/rest/v1/clients",
        "query": "id=eq.1",
        "status": 200,
        "bytes": 56,
        "ms": 3.1,
        "referrer": "",
        "agent": "curl/7.64.0",
    }


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("PATCH", 204)])
def test_a_body_that_is_not_sent_has_no_bytes(method: str, status: int) -> None:
    assert f'HTTP/1.1" {status} 0 ' in text(entry(method, status=status))


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("select=id&apikey=abc&order=id", f"select=id&apikey={MASK}&order=id"),
        ("token=abc&type=magiclink", f"token={MASK}&type=magiclink"),
        ("%74oken=abc", f"%74oken={MASK}"),
        ("notes.api_key=eq.abc", f"notes.api_key={MASK}"),
        ("password=eq.hunter2", f"password={MASK}"),
        ("or=(id.eq.1,access_token.eq.abc)", f"or={MASK}"),
        ("x=eq.Bearer%20abc", f"x={MASK}"),
        (f"x=eq.{JWT}", f"x={MASK}"),
        (f"select={JWT}", f"select={MASK}"),
        (JWT, MASK),
        ("select=id,token&order=token", "select=id,token&order=token"),
        ("notes.select=token", "notes.select=token"),
        ("email=eq.ada@example.com", "email=eq.ada@example.com"),
        ("keyboard=eq.qwerty", "keyboard=eq.qwerty"),
    ],
)
def test_secrets_of_a_query_are_masked(query: str, shown: str) -> None:
    assert masked_query(query) == shown


@pytest.mark.parametrize("line", [text, document])
def test_no_header_and_no_path_tells_a_token(line) -> None:
    made = line(
        entry(
            path=f"/rest/v1/{JWT.replace('.', '%2E')}",
            authorization=f"Bearer {JWT}",
            apikey=JWT,
            cookie="session=abc123",
            referer="https://app.example.com/?access_token=abc123",
            user_agent=f"app {JWT}",
        )
    )
    assert "eyJ" not in made
    assert "abc123" not in made


@pytest.mark.parametrize("line", [text, document])
@given(
    path=st.text(alphabet=st.characters(max_codepoint=255)),
    query=st.text(alphabet=st.characters(max_codepoint=255)),
    agent=st.text(),
)
def test_a_request_is_one_line_of_printable_ascii(line, path: str, query: str, agent: str) -> None:
    request = Request("GET", path, query, Headers([(b"user-agent", agent.encode("utf-8", "replace"))]))
    made = line(Entry(AT, None, request, Answer(200), 0.0))
    assert made.isascii()
    assert made.isprintable()
    if line is document:
        json.loads(made)
    else:
        assert made.count('"') == 6


def test_a_line_is_never_longer_than_a_pipe_takes_at_once() -> None:
    long = "\xff\\" * 70_000
    assert len(text(entry(path=long, query=long, referer=long, user_agent=long))) < 4096
    assert "..." in text(entry(path="/" + "a" * 5000))
    assert len(document(entry(path=long, query=long, referer=long, user_agent=long))) < 4096


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("code=5f3a-9c", f"code={MASK}"),
        ("%2563ode=5f3a-9c", f"%2563ode={MASK}"),
        ("code=eq.DE&state=in.(a,b)", "code=eq.DE&state=in.(a,b)"),
        ("postcode=12345", "postcode=12345"),
        ("x=%2565yJhbGci.x.y", f"x={MASK}"),
        ("x=%252565yJhbGci.x.y", f"x={MASK}"),
        ("%2561pikey=abc", f"%2561pikey={MASK}"),
    ],
)
def test_codes_and_what_was_encoded_twice(query: str, shown: str) -> None:
    assert masked_query(query) == shown


@pytest.mark.parametrize("line", [text, document])
@pytest.mark.parametrize(
    "referer",
    [
        "https://ada:hunter2@example.com/a",
        "https://ada:hun?ter2@example.com/a",
        "https://ada:hun?ter2&x=1@example.com/a",
        "https://ada:hunter2" + "2" * 400 + "@example.com/a",
        f"https://example.com/%65yJ{JWT[3:].replace('.', '%2E')}",
        f"https://example.com/?next=%252F%2565yJ{JWT[3:]}",
        "https://example.com/#access_token=hunter2&refresh_token=hunter2",
        "https://example.com/cb?code=hunter2",
        "wss://example.com/realtime/v1/websocket?apikey=hunter2",
    ],
)
def test_an_address_in_a_header_tells_no_secret(line, referer: str) -> None:
    for name in ("referer", "user_agent"):
        made = line(entry(**{name: referer}))
        assert "ter2" not in made
        assert JWT[3:] not in made
        assert "eyJ" not in made
