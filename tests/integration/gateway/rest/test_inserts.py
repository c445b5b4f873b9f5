"""POST to a table."""

from __future__ import annotations

import json

import pytest
from direct import Direct

SHOWN = {"prefer": "return=representation"}


def rows(answer) -> object:
    return json.loads(answer.body)


def code(answer) -> tuple[int, str]:
    return answer.status, json.loads(answer.body)["code"]


def test_one_row_is_created_and_nothing_is_said_of_it(library: Direct):
    answer = library("POST", "/books", b'{"title": "Ubik"}')
    assert (answer.status, answer.body) == (201, b"")
    assert answer.headers == (("Content-Range", "*/*"), ("Vary", "Accept, Prefer, Range"))


def test_it_is_shown_as_selected_with_what_belongs_to_it(library: Direct):
    answer = library("POST", "/books?select=title,by:authors(name)", b'{"title": "Eden", "author_id": 2}', **SHOWN)
    assert (answer.status, rows(answer)) == (201, [{"title": "Eden", "by": {"name": "Lem"}}])


def test_many_rows_come_as_one_array_and_are_counted(library: Direct):
    body = json.dumps([{"title": f"Volume {number}", "tags": ["a", "b"]} for number in range(500)]).encode()
    answer = library("POST", "/books?select=tags", body, prefer="return=representation, count=exact")
    assert (answer.status, len(rows(answer)), rows(answer)[7]) == (201, 500, {"tags": ["a", "b"]})
    assert ("Content-Range", "*/500") in answer.headers


@pytest.mark.parametrize("body", [b'{"id": 50, "title": "Fiasco"}', b'[{"id": 50, "title": "Fiasco"}]'])
def test_the_row_is_found_by_its_key(library: Direct, body: bytes):
    answer = library("POST", "/books", body, prefer="return=headers-only")
    assert ("Location", "/books?id=eq.50") in answer.headers


def test_a_key_of_several_columns_is_told_as_a_filter_reads_it(library: Direct):
    body = b'{"printed": "2020-01-02T03:04:05", "sold": true}'
    answer = library("POST", "/printings", body, prefer="return=headers-only")
    assert ("Location", "/printings?printed=eq.2020-01-02T03%3A04%3A05&sold=eq.true") in answer.headers


@pytest.mark.parametrize("body", ['{"line": "%s"}', '[{"line": "%s"}]'])
def test_a_trigger_may_keep_a_row_out_or_tell_of_it(library: Direct, body: str):
    kept_out = library("POST", "/log", (body % "unwanted").encode(), prefer="count=exact")
    assert (kept_out.status, dict(kept_out.headers)["Content-Range"]) == (201, "*/0")
    told = library("POST", "/log", (body % "told").encode(), prefer="count=exact")
    assert (told.status, dict(told.headers)["Content-Range"], told.headers[-1]) == (201, "*/1", ("X-Line", "told"))


@pytest.mark.parametrize("body", [b'[{"id": 50, "title": "a"}, {"id": 51, "title": "b"}]', b"[]"])
def test_several_rows_or_none_have_no_location(library: Direct, body: bytes):
    answer = library("POST", "/books", body, prefer="return=headers-only")
    assert answer.status == 201
    assert "Location" not in dict(answer.headers)


def test_an_empty_object_is_a_row_of_defaults(library: Direct):
    assert library("POST", "/log", b"{}").status == 201
    answer = library("POST", "/log?select=line", b"[{}, {}]", **SHOWN)
    assert rows(answer) == [{"line": None}, {"line": None}]


def test_columns_say_what_is_taken_and_the_rest_is_left(library: Direct):
    body = b'[{"title": "A", "price": 1, "nonsense": 2}, {"title": "B"}]'
    answer = library("POST", "/books?columns=title,price&select=title,price", body, **SHOWN)
    assert rows(answer) == [{"title": "A", "price": 1.00}, {"title": "B", "price": None}]


def test_what_is_missing_may_be_the_default(library: Direct):
    body = b'[{"title": "A", "price": null}, {"title": "B"}]'
    url = "/books?columns=id,title,price&select=title,price"
    answer = library("POST", url, body, prefer="return=representation, missing=default")
    assert rows(answer) == [{"title": "A", "price": None}, {"title": "B", "price": 9.99}]
    assert ("Preference-Applied", "missing=default, return=representation") in answer.headers


def test_a_default_of_one_object(library: Direct):
    answer = library(
        "POST",
        "/books?columns=id,title,tags&select=title,tags",
        b'{"title": "A"}',
        prefer="return=representation, missing=default",
    )
    assert rows(answer) == [{"title": "A", "tags": []}]


def test_a_default_is_asked_for_beside_every_row(library: Direct):
    # Snapshots of Supabase's client for JavaScript see which number a sequence gives next.
    written = {"prefer": "return=representation, missing=default"}
    before = rows(library("POST", "/books?columns=id,title&select=id", b'[{"title": "A"}]', **written))[0]["id"]
    body = b'[{"id": 70, "title": "B"}, {"title": "C"}]'
    answer = library("POST", "/books?columns=id,title&select=id", body, **written)
    assert rows(answer) == [{"id": 70}, {"id": before + 2}]


def test_csv_and_forms_become_rows(library: Direct):
    csv = b"title,author_id\nA,1\nB,NULL\n"
    answer = library("POST", "/books?select=title,author_id", csv, content_type="text/csv", accept="text/csv", **SHOWN)
    assert answer.body == b"title,author_id\nA,1\nB,"
    form = b"title=A+B&author_id=2"
    kind = "application/x-www-form-urlencoded"
    answer = library("POST", "/books?select=title,author_id", form, content_type=kind, **SHOWN)
    assert rows(answer) == [{"title": "A B", "author_id": 2}]


def test_json_keeps_its_text(library: Direct):
    body = b'{"title": "A", "meta": {"b": 1.50,  "a": 1, "a": 2}}'
    answer = library("POST", "/books?select=meta", body, **SHOWN)
    assert b'{"b": 1.50,  "a": 1, "a": 2}' in answer.body


def test_a_domain_is_read_as_clients_write_it(library: Direct):
    answer = library("POST", "/covers", b'[{"id": 1, "tint": "#ff8000"}]', **SHOWN)
    assert rows(answer) == [{"id": 1, "tint": "#FF8000"}]
    answer = library("POST", "/covers?columns=id,tint", b'[{"id": 1}]', prefer="return=representation, missing=default")
    assert rows(answer) == [{"id": 1, "tint": "#0000FF"}]


def test_one_object_may_be_asked_for_and_more_are_not_kept(keeping: Direct):
    single = {"prefer": "return=representation", "accept": "application/vnd.pgrst.object+json"}
    answer = keeping("POST", "/log", b'[{"line": "a"}, {"line": "b"}]', **single)
    assert code(answer) == (406, "PGRST116")
    assert json.loads(answer.body)["details"] == "The result contains 2 rows"
    assert rows(keeping("GET", "/log")) == []
    assert rows(keeping("POST", "/log", b'{"line": "a"}', **single)) == {"line": "a"}
    assert rows(keeping("GET", "/log")) == [{"line": "a"}]


def test_what_may_not_be_read_is_still_written(library: Direct):
    assert library("POST", "/letters", b'{"id": 1, "secret": "x"}').status == 201
    assert rows(library("POST", "/letters?select=id", b'{"id": 1, "secret": "x"}', **SHOWN)) == [{"id": 1}]
    refused = library("POST", "/letters", b'{"id": 1, "secret": "x"}', **SHOWN)
    assert code(refused) == (401, "42501")
    assert ("WWW-Authenticate", "Bearer") in refused.headers


def test_rows_of_others_are_refused(library: Direct):
    library.role, library.claims = "authenticated", {"sub": "ada"}
    assert library("POST", "/notes", b'{"id": 3, "owner": "ada"}').status == 201
    assert code(library("POST", "/notes", b'{"id": 3, "owner": "bob"}')) == (403, "42501")


@pytest.mark.parametrize(
    ("url", "body", "expected"),
    [
        ("/books", b'{"title": "Solaris"}', (409, "23505")),
        ("/books", b'{"title": "A", "author_id": 9}', (409, "23503")),
        ("/books", b'{"author_id": 1}', (400, "23502")),
        ("/books", b'{"title": "A", "author_id": "x"}', (400, "22P02")),
        ("/books", b'{"nonsense": 1}', (400, "PGRST204")),
        ("/books?columns=nonsense", b'{"title": "A"}', (400, "PGRST204")),
        ("/books?columns=title", b"{", (400, "22P02")),
        ("/books?columns=title", b"", (400, "22P02")),
        ("/books?columns=title", b"5", (400, "22023")),
        ("/books?columns=title", b"[5]", (400, "22023")),
        ("/books?columns=title", b"\xff", (400, "22021")),
        ("/books", b"", (400, "PGRST102")),
        ("/boks", b"{}", (404, "PGRST205")),
        ("/books?select=nonsense", b'{"title": "A"}', (400, "42703")),
    ],
)
def test_what_cannot_be_written_is_refused(library: Direct, url: str, body: bytes, expected: tuple[int, str]):
    assert code(library("POST", url, body, **SHOWN)) == expected


def test_a_deferred_constraint_speaks_before_the_answer(library: Direct):
    assert code(library("POST", "/stock", b'{"shop": "here", "book_id": 9}')) == (409, "23503")


def test_the_plan_of_a_write_does_not_write(keeping: Direct):
    keeping.options = type(keeping.options)(plan=True)
    plan = keeping("POST", "/log", b'{"line": "a"}', accept="application/vnd.pgrst.plan+json; options=verbose")
    assert rows(plan)[0]["Plan"]["Node Type"] == "ModifyTable"
    assert plan.headers[0] == (
        "Content-Type",
        'application/vnd.pgrst.plan+json; for="application/json"; options=verbose; charset=utf-8',
    )
    assert rows(keeping("GET", "/log")) == []
