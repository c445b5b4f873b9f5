"""PATCH and DELETE."""

from __future__ import annotations

import json

import pytest
from direct import Direct

SHOWN = {"prefer": "return=representation"}


def rows(answer) -> object:
    return json.loads(answer.body)


def code(answer) -> tuple[int, str]:
    return answer.status, json.loads(answer.body)["code"]


def test_rows_that_match_are_changed(library: Direct):
    answer = library(
        "PATCH", "/books?author_id=eq.2&select=id,price", b'{"price": 5}', prefer="return=representation, count=exact"
    )
    assert (answer.status, sorted(row["id"] for row in rows(answer))) == (200, [2, 3])
    assert all(row["price"] == 5 for row in rows(answer))
    assert ("Content-Range", "0-1/2") in answer.headers


def test_nothing_is_said_unless_asked(library: Direct):
    answer = library("PATCH", "/books?id=eq.1", b'{"price": 5}')
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers == (("Content-Range", "0-0/*"), ("Vary", "Accept, Prefer, Range"))


def test_none_that_match_is_no_error(library: Direct):
    answer = library("PATCH", "/books?id=eq.0", b'{"price": 5}', **SHOWN)
    assert (answer.status, rows(answer)) == (200, [])
    assert ("Content-Range", "*/*") in answer.headers


def test_nothing_to_set_changes_nothing(library: Direct):
    assert library("PATCH", "/books", b"{}").status == 204
    answer = library("PATCH", "/books?select=id,authors(name)", b"{}", **SHOWN)
    assert (answer.status, rows(answer)) == (200, [])


def test_changes_are_read_back_through_relations_and_computed_columns(library: Direct):
    url = "/books?id=eq.1&select=in_stock,authors(name),stock(copies)"
    answer = library("PATCH", url, b'{"author_id": 2}', **SHOWN)
    assert rows(answer) == [{"in_stock": True, "authors": {"name": "Lem"}, "stock": [{"copies": 3}]}]


def test_conditions_may_be_of_any_kind(library: Direct):
    url = "/books?or=(id.eq.1,title.ilike.sol*)&tags=eq.{}&select=id"
    assert sorted(row["id"] for row in rows(library("PATCH", url, b'{"price": 1}', **SHOWN))) == [1, 2]
    url = "/books?meta->>pages=eq.341&select=id"
    assert rows(library("PATCH", url, b'{"price": 1}', **SHOWN)) == [{"id": 1}]


def test_a_column_named_like_the_payload_is_told_from_it(library: Direct):
    answer = library("PATCH", "/books?price=gt.12&select=id,price", b'{"price": 1}', **SHOWN)
    assert rows(answer) == [{"id": 1, "price": 1.0}]


def test_a_missing_column_may_become_its_default(library: Direct):
    answer = library(
        "PATCH", "/books?id=eq.1&columns=price&select=price", b"{}", prefer="return=representation, missing=default"
    )
    assert rows(answer) == [{"price": 9.99}]
    answer = library("PATCH", "/books?id=eq.1&columns=price&select=price", b"{}", **SHOWN)
    assert rows(answer) == [{"price": None}]


def test_a_domain_is_compared_and_set_as_clients_write_it(library: Direct):
    library.options = type(library.options)()
    assert library("POST", "/covers", b'[{"id": 1, "tint": "#ff8000"}]').status == 201
    answer = library("PATCH", "/covers?tint=eq.%23ff8000", b'{"tint": "#000001"}', **SHOWN)
    assert rows(answer) == [{"id": 1, "tint": "#000001"}]
    assert rows(library("DELETE", "/covers", **SHOWN)) == [{"id": 1, "tint": "#000001"}]


def test_rows_are_deleted_and_shown_as_they_were(library: Direct):
    answer = library("DELETE", "/books?id=eq.3&select=title,authors(name)", prefer="return=representation, count=exact")
    assert (answer.status, rows(answer)) == (200, [{"title": "The Cyberiad", "authors": {"name": "Lem"}}])
    assert ("Content-Range", "*/1") in answer.headers
    assert library("DELETE", "/books?id=eq.3").status == 204


def test_rows_of_others_are_not_there(library: Direct):
    library.role, library.claims = "authenticated", {"sub": "ada"}
    assert rows(library("PATCH", "/notes?select=owner", b'{"body": "x"}', **SHOWN)) == [{"owner": "ada"}]
    assert rows(library("DELETE", "/notes?select=owner", **SHOWN)) == [{"owner": "ada"}]
    assert code(library("PATCH", "/notes", b'{"owner": "bob"}')) == (403, "42501")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_more_than_allowed_are_not_touched(keeping: Direct, method: str):
    keeping("POST", "/log", b'[{"line": "a"}, {"line": "b"}]')
    body = b'{"line": "c"}' if method == "PATCH" else b""
    refused = keeping(method, "/log", body, prefer="handling=strict, max-affected=1")
    assert code(refused) == (400, "PGRST124")
    assert rows(refused)["details"] == "The query affects 2 rows"
    assert rows(keeping("GET", "/log")) == [{"line": "a"}, {"line": "b"}]
    allowed = keeping(method, "/log", body, prefer="handling=strict, max-affected=2")
    assert allowed.status == 204
    assert ("Preference-Applied", "handling=strict, max-affected=2") in allowed.headers
    assert rows(keeping("GET", "/log")) != [{"line": "a"}, {"line": "b"}]


def test_without_strict_handling_it_is_only_a_wish(library: Direct):
    assert library("DELETE", "/stock", prefer="max-affected=0").status == 204


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_one_object_where_it_is_one(library: Direct, method: str):
    single = {"prefer": "return=representation", "accept": "application/vnd.pgrst.object+json"}
    answer = library(method, "/stock?select=copies", b'{"copies": 1}', **single)
    assert rows(answer) == {"copies": 1 if method == "PATCH" else 3}
    assert code(library(method, "/stock?copies=eq.0", b'{"copies": 1}', **single)) == (406, "PGRST116")


@pytest.mark.parametrize(
    ("method", "url", "expected"),
    [
        ("PATCH", "/books?id=eq.x", (400, "22P02")),
        ("PATCH", "/books?nonsense=eq.1", (400, "42703")),
        ("DELETE", "/authors?id=eq.1", (409, "23503")),
        ("DELETE", "/nothing", (404, "PGRST205")),
        ("DELETE", "/books?select=nothing(id)", (400, "PGRST200")),
    ],
)
def test_what_cannot_be_is_refused(library: Direct, method: str, url: str, expected: tuple[int, str]):
    assert code(library(method, url, b'{"title": "A"}')) == expected


@pytest.mark.parametrize("condition", ["id=eq.1%00", "or=(title.eq.a%00,id.eq.2)", "title=like.S%00*"])
def test_a_zero_byte_does_not_cut_a_condition_short(library: Direct, condition: str):
    assert code(library("DELETE", f"/books?{condition}")) == (400, "22021")


def test_a_transaction_is_taken_back_where_the_client_may_say_so(keeping: Direct):
    keeping.options = type(keeping.options)(tx_end="commit-allow-override")
    answer = keeping("POST", "/log", b'{"line": "a"}', prefer="tx=rollback, return=representation")
    assert rows(answer) == [{"line": "a"}]
    assert ("Preference-Applied", "return=representation, tx=rollback") in answer.headers
    assert rows(keeping("GET", "/log")) == []
