"""Functions, by GET, HEAD and POST."""

from __future__ import annotations

import json

import pytest
from direct import Direct

FORM = "application/x-www-form-urlencoded"


def rows(answer) -> object:
    return json.loads(answer.body)


def code(answer) -> tuple[int, str]:
    return answer.status, json.loads(answer.body)["code"]


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/rpc/add?a=1&b=2", 3),
        ("/rpc/add?a=9&a=1&b=2", 3),
        ("/rpc/greet", "hello, world"),
        ("/rpc/greet?name=you", "hello, you"),
        ("/rpc/greet?name=a%22%5C%C3%A9%3B", 'hello, a"\\é;'),
        ("/rpc/total?first=1&others=2&others=%203%20", 6),
        ("/rpc/total?first=1&others=2", 3),
        ("/rpc/total?first=1&others=2&others=3&others=4", 10),
        ('/rpc/shaped?of={"a":[1]}&at=2020-01-02', {"of": {"a": [1]}, "type": "object", "at": "2020-01-02"}),
        ("/rpc/either?a=1&b=2", "both"),
        ("/rpc/titles_of?author=2", ["Solaris", "The Cyberiad"]),
        ("/rpc/titles_of?author=2&limit=1", ["Solaris"]),
        ("/rpc/books_of?author=Lem&select=id", [{"id": 2}, {"id": 3}]),
        (
            "/rpc/books_of?author=Lem&id=gt.2&select=title,authors(name)",
            [{"title": "The Cyberiad", "authors": {"name": "Lem"}}],
        ),
        ("/rpc/books_of?author=Lem&select=id&order=title.desc&limit=1", [{"id": 3}]),
        ("/rpc/books_of?author=Le%20Guin&select=in_stock", [{"in_stock": True}]),
        ("/rpc/books_of?author=nobody", []),
        ("/rpc/book?id=2&select=title", {"title": "Solaris"}),
        ("/rpc/counted?order=name&select=name,n:books", [{"name": "Le Guin", "n": 1}, {"name": "Lem", "n": 2}]),
        ("/rpc/counted?books=eq.2&select=name", [{"name": "Lem"}]),
    ],
)
def test_arguments_come_with_the_query(library: Direct, url: str, expected: object):
    answer = library("GET", url)
    assert (answer.status, rows(answer)) == (200, expected)


def test_what_looks_like_a_filter_is_no_argument(library: Direct):
    assert code(library("GET", "/rpc/greet?name=eq.you")) == (400, "42703")


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("add", b'{"a": 1, "b": 2}', 3),
        ("add", b'[{"a": 1, "b": 2}, {"a": 7, "b": 7}]', 3),
        ("add?columns=a,b", b'{"a": 1, "b": 2, "c": 3}', 3),
        ("greet", b"", "hello, world"),
        ("greet", b"{}", "hello, world"),
        ("greet", b'{"name": null}', None),
        ("total", b'{"first": 1, "others": [2, 3]}', 6),
        ("shaped", b'{"of": "text", "at": "2020-01-02"}', {"of": "text", "type": "string", "at": "2020-01-02"}),
        ("whole", b'{"a": 1}', "object"),
        ("whole", b'[{"a": 1}]', "array"),
        ("titles_of", b'{"author": 2}', ["Solaris", "The Cyberiad"]),
        ("books_of?select=id&id=lt.3", b'{"author": "Lem"}', [{"id": 2}]),
        ("book?select=id", b'{"id": 0}', {"id": None}),
    ],
)
def test_arguments_come_with_the_body(library: Direct, name: str, body: bytes, expected: object):
    answer = library("POST", f"/rpc/{name}", body)
    assert (answer.status, rows(answer)) == (200, expected)


@pytest.mark.parametrize(
    ("name", "body", "expected"),
    [
        ("add", b"a=1&b=2", 3),
        ("add", b"a=9&a=1&b=2", 3),
        ("greet", b"name=a+%22b%22", 'hello, a "b"'),
        ("total", b"first=1&others=2&others=3", 6),
        ("shaped", b'of={"a": 1}&at=2020-01-02', {"of": {"a": 1}, "type": "object", "at": "2020-01-02"}),
    ],
)
def test_arguments_come_with_a_form(library: Direct, name: str, body: bytes, expected: object):
    assert rows(library("POST", f"/rpc/{name}", body, content_type=FORM)) == expected


@pytest.mark.parametrize(
    ("name", "content_type", "body", "expected"),
    [
        ("whole_text", "text/plain", "{é".encode(), 2),
        ("whole_bytes", "application/octet-stream", b"\0\xff\\", 3),
    ],
)
def test_a_body_may_be_the_argument(library: Direct, name: str, content_type: str, body: bytes, expected: int):
    assert rows(library("POST", f"/rpc/{name}", body, content_type=content_type)) == expected


def test_void_says_nothing(keeping: Direct):
    answer = keeping("POST", "/rpc/note", b'{"line": "a"}')
    assert (answer.status, answer.body) == (204, b"")
    assert rows(keeping("GET", "/log")) == [{"line": "a"}]


def test_what_only_reads_may_not_write(library: Direct):
    assert code(library("GET", "/rpc/note?line=a")) == (405, "25006")
    assert code(library("POST", "/rpc/writes_stable", b'{"line": "a"}'))[0] >= 400


def test_head_is_get_without_a_body(library: Direct):
    said, shown = (library(method, "/rpc/books_of?author=Lem", prefer="count=exact") for method in ("HEAD", "GET"))
    assert (said.status, said.headers, said.body) == (shown.status, shown.headers, b"")
    assert said.headers[0] == ("Content-Range", "0-1/2")


def test_part_of_the_rows(library: Direct):
    url = "/rpc/books_of?author=Lem&order=id&select=id"
    part = library("GET", url, range="1-1", prefer="count=exact")
    assert (part.status, rows(part), part.headers[0]) == (206, [{"id": 3}], ("Content-Range", "1-1/2"))
    far = library("GET", f"{url}&offset=5", prefer="count=exact")
    assert code(far) == (416, "PGRST103")
    assert rows(far)["details"] == "An offset of 5 was requested, but there are only 2 rows."


def test_more_than_allowed_are_not_touched(keeping: Direct):
    refused = keeping("POST", "/rpc/purge", b"", prefer="handling=strict, max-affected=1")
    assert code(refused) == (400, "PGRST124")
    assert code(keeping("POST", "/rpc/greet", b"", prefer="handling=strict, max-affected=1")) == (400, "PGRST128")
    assert len(rows(keeping("GET", "/books"))) == 3


@pytest.mark.parametrize(
    ("method", "url", "body", "status", "told"),
    [
        (
            "GET",
            "/rpc/add?a=1",
            b"",
            404,
            {
                "code": "PGRST202",
                "message": "Could not find the function api.add(a) in the schema cache",
                "details": "Searched for the function api.add with parameter a, but no matches were found in the schema cache.",
                "hint": "Perhaps you meant to call the function api.add(a, b)",
            },
        ),
        (
            "POST",
            "/rpc/ad",
            b"{}",
            404,
            {
                "code": "PGRST202",
                "message": "Could not find the function api.ad without parameters in the schema cache",
                "details": "Searched for the function api.ad without parameters or with a single unnamed json/jsonb parameter, "
                "but no matches were found in the schema cache.",
                "hint": None,
            },
        ),
        (
            "GET",
            "/rpc/either?a=1",
            b"",
            300,
            {
                "code": "PGRST203",
                "message": "Could not choose the best candidate function between: "
                "api.either(a => integer), api.either(a => text)",
                "details": None,
                "hint": "Try renaming the parameters or the function itself in the database "
                "so function overloading can be resolved",
            },
        ),
        (
            "DELETE",
            "/rpc/add",
            b"",
            405,
            {"code": "PGRST101", "message": "Cannot use the DELETE method on RPC", "details": None, "hint": None},
        ),
    ],
)
def test_a_call_that_fits_no_function_is_refused(library: Direct, method, url, body, status, told):
    answer = library(method, url, body)
    assert (answer.status, rows(answer)) == (status, told)


def test_a_text_fits_no_function_that_takes_none(library: Direct):
    answer = library("POST", "/rpc/add", b"you", content_type="text/plain")
    assert rows(answer) == {
        "code": "PGRST202",
        "message": "Could not find the function api.add in the schema cache",
        "details": "Searched for the function api.add with a single unnamed text parameter, "
        "but no matches were found in the schema cache.",
        "hint": None,
    }


def test_a_function_may_choose_status_and_headers(library: Direct):
    body = json.dumps({"status": "418", "headers": '[{"X-One": "1"}, {"Vary": "X"}]'}).encode()
    answer = library("POST", "/rpc/chosen", body)
    assert (answer.status, rows(answer)) == (418, "done")
    assert answer.headers[-2:] == (("X-One", "1"), ("Vary", "X"))
    assert ("Vary", "Accept, Prefer, Range") not in answer.headers


@pytest.mark.parametrize(("status", "headers", "expected"), [("x", "[]", "PGRST112"), ("200", "{", "PGRST111")])
def test_a_choice_that_is_none_is_an_error(library: Direct, status: str, headers: str, expected: str):
    body = json.dumps({"status": status, "headers": headers}).encode()
    assert code(library("POST", "/rpc/chosen", body)) == (500, expected)


def test_a_function_may_raise_a_whole_answer(library: Direct):
    message = json.dumps({"code": "E1", "message": "m", "details": "d", "hint": "h"})
    detail = json.dumps({"status": 402, "headers": {"X-Price": "1"}})
    body = json.dumps({"code": "PGRST", "message": message, "detail": detail}).encode()
    answer = library("POST", "/rpc/fails", body)
    assert (answer.status, rows(answer)) == (402, {"code": "E1", "message": "m", "details": "d", "hint": "h"})
    assert ("X-Price", "1") in answer.headers
    body = json.dumps({"code": "PT429", "message": "slow", "detail": "down"}).encode()
    assert code(library("POST", "/rpc/fails", body)) == (429, "PT429")


def test_settings_of_the_function_and_of_the_request_hold_in_it(library: Direct):
    assert rows(library("GET", "/rpc/zone", prefer="timezone=Asia/Tokyo")) == "Asia/Tokyo"
    assert code(library("GET", "/rpc/zone", prefer="timezone=No/Where")) == (400, "22023")
    assert rows(library("POST", "/rpc/slow")) == "7s"


@pytest.mark.parametrize(
    ("url", "accept", "body", "content_type"),
    [
        ("/rpc/page", "text/html", b"<b>hello</b>", "text/html"),
        ("/rpc/picture", "image/png, */*", b"\x89PNG", "image/png"),
        ("/authors?order=id", "text/tab-separated-values", b"1\tLe Guin\n2\tLem\n", "text/tab-separated-values"),
        ("/rpc/add?a=1&b=2", "text/csv", b"pgrst_scalar\n3", "text/csv; charset=utf-8"),
        ("/rpc/books_of?author=Lem&select=id", "text/csv", b"id\n2\n3", "text/csv; charset=utf-8"),
        ("/rpc/books_of?author=no&select=id", "text/csv", b"\n", "text/csv; charset=utf-8"),
        (
            "/rpc/book?id=2&select=id,meta",
            "application/vnd.pgrst.array+json;nulls=stripped",
            b'{"id":2}',
            "application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8",
        ),
        (
            "/rpc/books_of?author=Lem&select=id&limit=1",
            "application/vnd.pgrst.object+json",
            b'{"id":2}',
            "application/vnd.pgrst.object+json; charset=utf-8",
        ),
    ],
)
def test_the_body_is_of_the_accepted_type(library: Direct, url: str, accept: str, body: bytes, content_type: str):
    answer = library("GET", url, accept=accept)
    assert (answer.status, answer.body) == (200, body)
    assert ("Content-Type", content_type) in answer.headers


def test_no_type_is_no_answer(library: Direct):
    assert code(library("GET", "/rpc/page", accept="text/plain")) == (406, "PGRST107")
    assert code(library("GET", "/authors?select=id", accept="text/tab-separated-values")) == (406, "PGRST107")
