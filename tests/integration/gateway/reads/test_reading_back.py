"""Reading from what a write or a call returned, the conditions of a write, and texts that must stay texts."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from haulback.gateway.rest.compiled import Statement
from haulback.gateway.rest.plan.needs import filtered_columns, is_default, needed_columns
from haulback.gateway.rest.plan.node import Root
from haulback.gateway.rest.plan.read import conditions_of
from haulback.gateway.rest.query.parsed import parsed
from haulback.gateway.rest.shape import taken_apart
from haulback.gateway.rest.sql.binder import Binder
from haulback.gateway.rest.sql.conditions import condition_sql
from haulback.gateway.rest.sql.reads import read_sql
from haulback.gateway.rest.sql.statement import read_statement
from haulback.gateway.schema.model import Name

_BOOKS = Name("library", "books")


def read_back(library, query: str, root: Root, source: str) -> list[dict[str, object]]:
    binder = Binder()
    rows = read_sql(library.plan("books", query, root=root), binder)
    statement = Statement(f"WITH pgrst_source AS ({source}) SELECT json_agg(r) FROM ({rows}) r", binder.binds)
    return json.loads(library.run(statement, query)[0][0] or "[]")


def test_a_write_has_applied_the_filters_of_the_root_itself(library):
    query = "id=eq.99&limit=0&select=title,shelves(room),readers(name),covers!inner(colour)&readers.id=eq.1&order=title"
    found = read_back(library, query, Root.WRITE, "SELECT * FROM library.books WHERE id < 4")
    assert found == [
        {"title": "Boats", "shelves": {"room": "north"}, "readers": [], "covers": {"colour": "blue"}},
        {"title": "Engines", "shelves": {"room": "north"}, "readers": [{"name": "Rita"}], "covers": {"colour": "red"}},
    ]


def test_a_call_has_not(library):
    query = "id=gt.1&limit=1&order=id&select=id,authors!author(name),thick:writer(thick_books(id))"
    found = read_back(library, query, Root.CALL, "SELECT * FROM library.books")
    assert found == [{"id": 2, "authors": {"name": "Ada"}, "thick": {"thick_books": [{"id": 1}]}}]


def test_rows_as_text_have_embeds_as_jsonb_has_them(library):
    query = "select=id,shelves(room)&id=eq.1"
    body = "(SELECT string_agg(r::text, '') FROM pgrst_source r)"
    statement = read_statement(library.plan("books", query), body=body, with_source=True)
    assert library.run(statement, query)[0][3] == '(1,"{""room"": ""north""}")'


@pytest.mark.parametrize(
    ("table", "select", "needed"),
    [
        ("books", "title", ("id", "title")),
        ("books", "title,shelves(room),readers(name)", ("id", "shelf", "title")),
        ("books", "title,writer(name)", ("*",)),
        ("books", "tags->0", ("id", "tags")),
        ("shelves", "*,books(id)", ("*",)),
    ],
)
def test_columns_that_a_write_returns(library, table, select, needed):
    assert needed_columns(library.plan(table, f"select={select}"), ["id"]) == needed


def test_columns_that_a_call_filters_by(library):
    node = library.plan("books", "select=id,readers(id)&pages=gt.1&or=(title.eq.x,mark.is.null)&readers.name=eq.x")
    assert filtered_columns(node) == {"pages", "title", "mark", "name"}


@pytest.mark.parametrize(
    ("table", "query", "expected"),
    [
        ("shelves", "", True),
        ("shelves", "select=*", True),
        ("shelves", "select=id", False),
        ("shelves", "select=*,books()", False),
    ],
)
def test_all_columns_and_nothing_else(library, table, query, expected):
    assert is_default(library.plan(table, query)) is expected


def test_conditions_of_a_write(library):
    query = "id=in.(1,2)&title=like.E*&or=(pages.gt.1,pages.is.null)&readers.id=eq.1"
    shape, _ = taken_apart(query)
    binder = Binder()
    conditions = conditions_of(parsed(shape, is_call=False), _BOOKS, library.cache)
    text = condition_sql(conditions, _BOOKS, binder)
    statement = Statement(f"DELETE FROM library.books WHERE false AND {text} RETURNING id", binder.binds)
    assert library.run(statement, query) == []
    counted = Statement(f"SELECT count(*) FROM library.books WHERE {text}", binder.binds)
    assert library.run(counted, query) == [["1"]]


@pytest.mark.parametrize(
    "text",
    ["'", '"', "\\", "';--", "$1", "$$", "a'b\"c\\d", "*/", "%", "E'", "😀", "${x}", "x' OR true", "()", "{}", "a,b"],
)
def test_no_text_gets_out_of_its_place(library, text):
    key = quote(text.replace("\\", "\\\\").replace('"', '\\"'))
    query = f'select="{key}":title,about:plain->"{key}"&id=eq.1&title=neq.{key}&title=not.in.("{key}")&or=(id.eq.1,title.eq."{key}")'
    assert library.get("books", query) == [{text: "Engines", "about": None}]
