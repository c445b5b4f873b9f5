"""Embedded tables: every kind of relationship, what is said of them, and spreads."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("table", "query", "expected"),
    [
        (
            "books",
            "select=id,shelves(room)&id=in.(1,4)",
            [{"id": 1, "shelves": {"room": "north"}}, {"id": 4, "shelves": None}],
        ),
        ("books", "select=id,who:authors!author(name)&id=eq.1", [{"id": 1, "who": {"name": "Ada"}}]),
        ("books", "select=authors!books_edited_by(name)&id=eq.1", [{"authors": {"name": "Bob"}}]),
        ("books", "select=editor(name)&id=eq.1", [{"editor": {"name": "Bob"}}]),
        ("books", "select=books_edited_by(name)&id=eq.1", [{"books_edited_by": {"name": "Bob"}}]),
        (
            "shelves",
            "select=room,books(id)&order=id",
            [{"room": "north", "books": [{"id": 1}, {"id": 3}]}, {"room": "south", "books": [{"id": 2}]}],
        ),
        (
            "books",
            "select=id,covers(colour)&id=lt.3",
            [{"id": 1, "covers": {"colour": "red"}}, {"id": 2, "covers": None}],
        ),
        ("covers", "select=colour,books(title)&book=eq.3", [{"colour": "blue", "books": {"title": "Boats"}}]),
        (
            "books",
            "select=id,readers(name)&id=gt.2",
            [{"id": 3, "readers": [{"name": "Sam"}]}, {"id": 4, "readers": []}],
        ),
        (
            "readers",
            "select=name,books(title,readers(name))&id=eq.2&books.id=eq.3",
            [{"name": "Sam", "books": [{"title": "Boats", "readers": [{"name": "Sam"}]}]}],
        ),
        (
            "topics",
            "select=name,topics(name)&id=eq.1",
            [{"name": "science", "topics": [{"name": "maths"}, {"name": "physics"}]}],
        ),
        ("topics", "select=name,above(name)&id=eq.2", [{"name": "maths", "above": {"name": "science"}}]),
        ("authors", "select=name,thick_books(id)&id=eq.1", [{"name": "Ada", "thick_books": [{"id": 1}]}]),
        (
            "books",
            "select=id,writer(name,thick_books(id))&id=eq.3",
            [{"id": 3, "writer": {"name": "Bob", "thick_books": [{"id": 3}]}}],
        ),
        ("books", "select=shelves(room)&id=eq.1", [{"shelves": {"room": "north"}}]),
        ("books", "select=id,shelves()&id=eq.1", [{"id": 1}]),
    ],
)
def test_kinds(library, table, query, expected):
    assert library.get(table, query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("select=id,readers!inner(id)&order=id", [1, 2, 3]),
        ("select=id,shelves!inner(id)&shelves.room=eq.south&order=id", [2]),
        ("select=id,shelves(id)&shelves=is.null&order=id", [4]),
        ("select=id,shelves()&shelves=not.is.null&order=id", [1, 2, 3]),
        ("select=id,readers()&readers.name=eq.Rita&readers=not.is.null&order=id", [1, 2]),
        ("select=id,r:readers(),covers()&or=(r.is.null,covers.is.null)&order=id", [2, 4]),
        ("select=id,shelves!inner(id,books!inner(id))&shelves.books.id=eq.2&order=id", [2]),
        ("select=id,shelves(room)&order=shelves(room).desc.nullslast,id", [2, 1, 3, 4]),
        ("select=id,a:authors!author(about)&order=a(about->born->year).desc.nullslast,id", [3, 1, 2, 4]),
    ],
)
def test_embeds_filter_and_sort_the_rows_above(library, query, expected):
    assert [row["id"] for row in library.get("books", query)] == expected


def test_what_is_said_of_an_embed_stays_inside(library):
    query = "select=name,books!author(id)&books.order=id.desc&books.limit=1&books.or=(id.eq.1,id.eq.2)&order=id"
    assert library.get("authors", query) == [
        {"name": "Ada", "books": [{"id": 2}]},
        {"name": "Bob", "books": []},
        {"name": "Cy", "books": []},
    ]


@pytest.mark.parametrize(
    ("table", "query", "expected"),
    [
        (
            "books",
            "select=id,...shelves(room)&id=in.(1,4)&order=id",
            [{"id": 1, "room": "north"}, {"id": 4, "room": None}],
        ),
        (
            "covers",
            "select=colour,...books(title,...shelves(where:room))&book=eq.1",
            [{"colour": "red", "title": "Engines", "where": "north"}],
        ),
        (
            "shelves",
            "select=room,...books(id,title)&books.order=title&id=eq.1",
            [{"room": "north", "id": [3, 1], "title": ["Boats", "Engines"]}],
        ),
        (
            "books",
            "select=id,...readers(names:name)&readers.order=name.desc&id=eq.1",
            [{"id": 1, "names": ["Sam", "Rita"]}],
        ),
        (
            "shelves",
            "select=room,...books(...covers(colour))&id=eq.1&books.order=id",
            [{"room": "north", "colour": ["red", "blue"]}],
        ),
        ("shelves", "select=...books(*)&id=eq.2", None),
    ],
)
def test_spreads(library, table, query, expected):
    found = library.get(table, query)
    if expected is None:
        assert (found[0]["title"], found[0]["mark"]) == (["Numbers"], ["WORN"])
    else:
        assert found == expected


@pytest.mark.parametrize(
    ("table", "query", "expected"),
    [
        ("books", "select=count()", [{"count": 4}]),
        (
            "books",
            "select=shelf,pages.sum()&order=shelf",
            [{"shelf": 1, "sum": 550}, {"shelf": 2, "sum": 120}, {"shelf": None, "sum": None}],
        ),
        (
            "books",
            "select=most:pages.max(),least:pages.min()::text,id.count()",
            [{"most": 300, "least": "120", "count": 4}],
        ),
        (
            "shelves",
            "select=room,books(count())&order=id",
            [{"room": "north", "books": [{"count": 2}]}, {"room": "south", "books": [{"count": 1}]}],
        ),
        (
            "books",
            "select=pages.sum(),...shelves(room)&shelf=not.is.null&order=shelves(room)",
            [{"sum": 550, "room": "north"}, {"sum": 120, "room": "south"}],
        ),
        ("books", "select=pages.sum(),shelves(room)&shelf=eq.1", [{"sum": 550, "shelves": {"room": "north"}}]),
        (
            "covers",
            "select=...books(pages.sum(),...shelves(room,count()))&order=books(room)",
            [{"sum": 550, "room": "north", "count": 2}],
        ),
        ("books", "select=plain->k->>0,count()&id=eq.1", [{"k": "1", "count": 1}]),
    ],
)
def test_aggregates(library, table, query, expected):
    assert library.get(table, query) == expected
