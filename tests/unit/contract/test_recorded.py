"""Requests as recordings hold them, from every format."""

from __future__ import annotations

import json

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.contract.recorded import har, http_file, lines
from haulback.contract.recorded.loading import RequestsUnreadable, load
from haulback.model.requests import RecordedRequest

SECRET = "a secret that is thirty-two bytes long"
TOKEN = jwt.encode({"role": "authenticated", "sub": "u1", "exp": 1, "iss": "x"}, SECRET, algorithm="HS256")
CLAIMS = {"role": "authenticated", "sub": "u1"}

HTTP = f"""@host = http://localhost:54321
# a comment
GET {{{{host}}}}/rest/v1/notes
    ?select=id
    &order=id
Authorization: Bearer {TOKEN}
Accept: text/csv
Cookie: secret=1

### second
POST {{{{ host }}}}/rest/v1/notes HTTP/1.1
Content-Type: application/json
X-User: u2

{{"body": "b"}}

###
GET {{{{host}}}}/auth/v1/user

###
{{{{host}}}}/rest/v1/people?apikey={TOKEN}
"""


def test_an_http_file():
    assert list(http_file.read(HTTP.encode(), "a.http")) == [
        RecordedRequest("GET", "/rest/v1/notes", "select=id&order=id", {"accept": "text/csv"}, b"", CLAIMS, "a.http:3"),
        RecordedRequest(
            "POST",
            "/rest/v1/notes",
            "",
            {"content-type": "application/json"},
            b'{"body": "b"}',
            {"role": "authenticated", "sub": "u2"},
            "a.http:11",
        ),
        RecordedRequest("GET", "/rest/v1/people", "", {}, b"", CLAIMS, "a.http:21"),
    ]


def test_a_har():
    entry = {
        "request": {
            "method": "PATCH",
            "url": "https://x.supabase.co/rest/v1/notes?id=eq.1",
            "headers": [{"name": "apikey", "value": TOKEN}, {"name": "Prefer", "value": "return=minimal"}],
            "postData": {"mimeType": "application/json", "text": "{}"},
        },
        "response": {"status": 204},
    }
    other = {"request": {"method": "GET", "url": "https://example.com/logo.png"}}
    content = json.dumps({"log": {"version": "1.2", "entries": [other, entry]}}).encode()
    assert list(har.read(content, "a.har")) == [
        RecordedRequest("PATCH", "/rest/v1/notes", "id=eq.1", {"prefer": "return=minimal"}, b"{}", CLAIMS, "a.har:2")
    ]


@given(
    st.sampled_from(["GET", "POST"]),
    st.text(max_size=20),
    st.binary(max_size=40),
    st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3),
)
def test_a_line_holds_all_of_a_request(method, query, body, claims):
    one = RecordedRequest(method, "/rest/v1/notes", query, {"accept": "a"}, body, claims, "f:1")
    assert list(lines.read(lines.written(one), "f")) == [one]


def test_a_folder_gives_each_request_once(tmp_path):
    one = RecordedRequest("GET", "/rest/v1/notes")
    (tmp_path / "a.jsonl").write_bytes(lines.written(one) * 2)
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.http").write_text("GET http://h/rest/v1/notes\n###\nGET http://h/rest/v1/people\n")
    (tmp_path / "notes.txt").write_text("no request")
    assert [(found.path, found.source) for found in load(tmp_path)] == [
        ("/rest/v1/notes", "a.jsonl:1"),
        ("/rest/v1/people", "b/c.http:3"),
    ]


def test_without_a_folder_there_are_none(tmp_path):
    assert load(tmp_path / "none") == ()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.jsonl", b"{"),
        ("a.jsonl", b'{"method": "GET"}'),
        ("a.jsonl", b'{"method": "GET", "path": "/", "bytes": "%"}'),
        ("a.jsonl", b"[" * 5000),
        ("a.har", b"{}"),
        ("a.har", b"\xff"),
        ("a.http", b"\xff"),
        ("a.http", b"GET"),
        ("a.http", b"GET http://[h/rest/v1/x"),
        ("a.http", b"GET http://h/rest/v1/x\nno header\n"),
    ],
)
def test_what_cannot_be_read_says_where(name, content, tmp_path):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RequestsUnreadable, match=r"a\.(jsonl|har|http)"):
        load(tmp_path)


def refusal(read, content):
    """What is said of a content that cannot be read; None where it can."""
    try:
        list(read(content, "f"))
    except ValueError as refused:
        return str(refused)
    return None


@given(st.binary(max_size=200))
def test_whatever_the_bytes_a_file_is_read_or_refused(content):
    said = [refusal(read, content) for read in (lines.read, har.read, http_file.read)]
    assert all(one is None or one.startswith("f") for one in said)


@given(st.text(alphabet="GET POST#@{}=:/?&\n restv1h{}", max_size=80))
def test_whatever_the_text_an_http_file_is_read_or_refused(content):
    assert (refusal(http_file.read, content.encode()) or "f").startswith("f")
