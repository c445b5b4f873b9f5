"""POST with a resolution, and PUT."""

from __future__ import annotations

import json

import pytest
from direct import Direct

MERGE = "resolution=merge-duplicates, return=representation"
IGNORE = "resolution=ignore-duplicates, return=representation"


def rows(answer) -> object:
    return json.loads(answer.body)


def code(answer) -> tuple[int, str]:
    return answer.status, json.loads(answer.body)["code"]


@pytest.mark.parametrize(
    ("url", "body", "status", "expected"),
    [
        ("/books?select=id,title", b'[{"id": 1, "title": "A"}]', 200, [{"id": 1, "title": "A"}]),
        ("/books?select=id,title", b'[{"id": 80, "title": "A"}]', 201, [{"id": 80, "title": "A"}]),
        (
            "/books?select=id,title",
            b'[{"id": 1, "title": "A"}, {"id": 80, "title": "B"}]',
            201,
            [{"id": 1, "title": "A"}, {"id": 80, "title": "B"}],
        ),
        (
            "/books?on_conflict=title&select=id,price",
            b'[{"title": "Solaris", "price": 1}]',
            200,
            [{"id": 2, "price": 1.0}],
        ),
        (
            "/stock",
            b'[{"shop": "here", "book_id": 1, "copies": 9}]',
            200,
            [{"shop": "here", "book_id": 1, "copies": 9}],
        ),
        ("/stock?select=copies", b'[{"shop": "there", "book_id": 1, "copies": 9}]', 201, [{"copies": 9}]),
    ],
)
def test_what_is_there_is_changed_and_what_is_not_is_created(library: Direct, url, body, status, expected):
    answer = library("POST", url, body, prefer=MERGE)
    assert (answer.status, rows(answer)) == (status, expected)
    assert ("Preference-Applied", "resolution=merge-duplicates, return=representation") in answer.headers


def test_what_is_there_is_left_alone(library: Direct):
    body = b'[{"id": 1, "title": "A"}, {"id": 80, "title": "B"}]'
    answer = library("POST", "/books?select=id", body, prefer=IGNORE)
    assert (answer.status, rows(answer)) == (201, [{"id": 80}])


def test_without_a_key_rows_are_only_created(library: Direct):
    answer = library("POST", "/log", b'{"line": "a"}', prefer=MERGE)
    assert (answer.status, rows(answer)) == (201, [{"line": "a"}])
    assert ("Preference-Applied", "return=representation") in answer.headers


def test_a_conflict_on_columns_that_are_no_key_is_postgresqls_to_refuse(library: Direct):
    assert code(library("POST", "/books?on_conflict=price", b'{"title": "A"}', prefer=MERGE)) == (400, "42P10")
    assert code(library("POST", '/books?on_conflict=no"such', b'{"title": "A"}', prefer=MERGE))[0] == 400


def test_one_row_twice_in_a_payload_is_an_error(library: Direct):
    body = b'[{"id": 1, "title": "A"}, {"id": 1, "title": "B"}]'
    assert code(library("POST", "/books", body, prefer=MERGE)) == (500, "21000")


def test_put_creates_or_replaces_the_row_of_its_url(library: Direct):
    body = b'{"id": 80, "title": "A"}'
    created = library("PUT", "/books?id=eq.80&select=id,title", body, prefer="return=representation")
    assert (created.status, rows(created)) == (201, [{"id": 80, "title": "A"}])
    replaced = library(
        "PUT",
        "/books?id=eq.1&select=id,title",
        b'[{"id": 1, "title": "A"}]',
        prefer="return=representation",
        accept="application/vnd.pgrst.object+json",
    )
    assert (replaced.status, rows(replaced)) == (200, {"id": 1, "title": "A"})
    silent = library("PUT", "/stock?shop=eq.here&book_id=eq.1", b'{"shop": "here", "book_id": 1, "copies": 5}')
    assert (silent.status, silent.body) == (204, b"")


@pytest.mark.parametrize(
    ("url", "body", "expected"),
    [
        ("/books?id=eq.1", b'{"id": 2, "title": "A"}', (400, "PGRST115")),
        ("/books?id=eq.1", b'[{"id": 1, "title": "A"}, {"id": 2, "title": "B"}]', None),
        ("/books", b'{"id": 1, "title": "A"}', (405, "PGRST105")),
        ("/books?id=gt.1", b'{"id": 1, "title": "A"}', (405, "PGRST105")),
        ("/books?id=not.eq.1", b'{"id": 1, "title": "A"}', (405, "PGRST105")),
        ("/books?id=eq.1&title=eq.A", b'{"id": 1, "title": "A"}', (405, "PGRST105")),
        ("/books?and=(id.eq.1)", b'{"id": 1, "title": "A"}', (405, "PGRST105")),
        ("/stock?shop=eq.here", b'{"shop": "here", "book_id": 1}', (405, "PGRST105")),
        ("/log?line=eq.a", b'{"line": "a"}', (405, "PGRST105")),
        ("/books?id=eq.1&limit=1", b'{"id": 1, "title": "A"}', (400, "PGRST114")),
        ("/books?id=eq.1&offset=1", b'{"id": 1, "title": "A"}', (400, "PGRST114")),
    ],
)
def test_put_wants_the_whole_key_and_nothing_else(library: Direct, url: str, body: bytes, expected):
    answer = library("PUT", url, body)
    if expected is None:  # only the row of the URL is taken
        assert answer.status == 204
    else:
        assert code(answer) == expected
