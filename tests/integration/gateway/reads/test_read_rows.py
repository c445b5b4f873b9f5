"""Rows of one table: filters, logic, order, ranges, casts and paths."""

from __future__ import annotations

import pytest

from haulback.gateway.answer import Refusal
from haulback.gateway.rest.planned import Options
from haulback.gateway.rest.sql.statement import Count, estimate_statement


def ids(library, query: str) -> list[int]:
    return [row["id"] for row in library.get("books", f"select=id&order=id&{query}")]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("id=eq.2", [2]),
        ("id=not.eq.2", [1, 3, 4]),
        ("id=neq.2", [1, 3, 4]),
        ("id=gt.2", [3, 4]),
        ("id=gte.2&id=lt.4", [2, 3]),
        ("id=lte.1", [1]),
        ("title=like.*s", [1, 2, 3]),
        ("title=ilike.n*", [2, 4]),
        ("title=like(any).{E*,B*}", [1, 3]),
        ("title=match.^[EN]", [1, 2, 4]),
        ("title=imatch.^e", [1]),
        ("id=eq(any).{1,3}", [1, 3]),
        ("id=gt(all).{1,2}", [3, 4]),
        ("id=in.(1,3,9)", [1, 3]),
        ("id=not.in.(1,3)", [2, 4]),
        ("id=in.()", []),
        ('title=in.("Nobody\'s \\"Book\\", (lost)",Boats)', [3, 4]),
        ("author=is.null", [4]),
        ("author=not.is.null", [1, 2, 3]),
        ("author=is.not_null", [1, 2, 3]),
        ("editor=isdistinct.2", [2, 3, 4]),
        ("tags=cs.{maths}", [1, 2]),
        ("tags=cd.{maths,sea}", [2, 3, 4]),
        ("tags=ov.{sea,machines}", [1, 3]),
        ("lent=sl.[2020-06-01,2020-07-01)", [1]),
        ("lent=sr.[2020-06-01,2020-07-01)", [3]),
        ("lent=nxr.[2020-06-01,2020-07-01)", [1]),
        ("lent=nxl.[2020-06-01,2020-07-01)", [3]),
        ("lent=adj.[2020-02-01,2020-03-01)", [1]),
        ("title=fts.engines", [1]),
        ("title=plfts(english).engine", [1]),
        ("title=not.wfts(english).boat or engine", [2, 4]),
        ("plain=phfts.x", []),
        ("plain->k->>0=eq.3", [2]),
        ("plain->k->>-1=eq.2", [1]),
        ("title_length=eq.7", [1, 2]),
        ("mark=eq.FINE", [1]),
        ("mark=in.(FINE,WORN)", [1, 2]),
        ("or=(id.eq.1,title.eq.Boats)", [1, 3]),
        ('or=(id.eq.1,title.eq."Boats")', [1, 3]),
        ("and=(id.gt.1,or(pages.is.null,pages.lt.200))", [2, 4]),
        ("not.or=(id.eq.1,id.in.(2,3))", [4]),
        ("or=(tags.cs.{sea},not.and(id.gt.1))", [1, 3]),
    ],
)
def test_filters(library, query, expected):
    assert ids(library, query) == expected


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("order=pages.desc", [4, 1, 3, 2]),
        ("order=pages.desc.nullslast", [1, 3, 2, 4]),
        ("order=pages.asc.nullsfirst", [4, 2, 3, 1]),
        ("order=shelf.nullsfirst,id.desc", [4, 3, 1, 2]),
        ("order=plain->k->>0.desc.nullslast,id", [2, 1, 3, 4]),
        ("order=title_length,id", [3, 1, 2, 4]),
        ("order=id&limit=2", [1, 2]),
        ("order=id&limit=2&offset=1", [2, 3]),
        ("order=id&offset=3", [4]),
        ("limit=0&offset=3", []),
    ],
)
def test_order_and_ranges(library, query, expected):
    assert [row["id"] for row in library.get("books", f"select=id&{query}")] == expected


@pytest.mark.parametrize(
    ("select", "expected"),
    [
        ("id,name", {"id": 1, "name": "Ada"}),
        ("n:name", {"n": "Ada"}),
        ("id::text", {"id": "1"}),
        ("about->born->year", {"year": 1815}),
        ("about->names->>0", {"names": "Augusta"}),
        ("x:about->born->>year::int", {"x": 1815}),
        ("about->>none", {"none": None}),
        ("name->>0", {"name": "Ada"}),
        ("name->>1", {"name": None}),
        ("", {"id": 1, "name": "Ada", "about": {"born": {"year": 1815}, "names": ["Augusta", "Ada"]}}),
    ],
)
def test_select(library, select, expected):
    assert library.get("authors", f"select={select}&id=eq.1") == [expected]


def test_representations_show_what_star_selects(library):
    assert library.get("books", "id=eq.1")[0]["mark"] == "FINE"
    assert library.get("books", "select=mark,m:mark::text&id=eq.1") == [{"mark": "FINE", "m": '"FINE"'}]


def test_names_that_need_quotes(library):
    rows = library.get('odd "names".é', '"a.b"=eq.1&select="a.b","c,d",e-f,x:"c,d"&order="a.b"')
    assert rows == [{"a.b": 1, "c,d": "x", "e-f": "y", "x": "x"}]


def test_the_row_has_seven_columns(library):
    row = library.row("books", "select=id&order=id&limit=2")
    assert row == [None, "2", "", '[{"id":1}, \n {"id":2}]', None, None, ""]


@pytest.mark.parametrize(
    ("query", "count", "max_rows", "total"),
    [
        ("id=gt.1", Count.EXACT, None, "3"),
        ("id=gt.1&limit=1", Count.EXACT, None, "3"),
        ("id=gt.1", Count.EXACT, 2, "3"),
        ("id=gt.0", Count.ESTIMATED, 2, "3"),
        ("id=gt.0", Count.PLANNED, None, None),
        ("id=gt.9&offset=5", Count.EXACT, None, "0"),
        ("select=*,covers!inner(*)&limit=1", Count.EXACT, None, "2"),
        ("select=*,covers(*)&covers=is.null&limit=1", Count.EXACT, None, "2"),
        ("select=*,readers!inner(*)&readers.name=eq.Rita&limit=1", Count.EXACT, None, "2"),
        ("select=*,shelves!inner()&or=(shelves.not.is.null,id.eq.4)&limit=1", Count.EXACT, None, "3"),
    ],
)
def test_counts(library, query, count, max_rows, total):
    assert library.row("books", query, options=Options(max_rows=max_rows), count=count)[0] == total


def test_an_estimate_is_a_plan(library):
    query = "id=gt.1"
    lines = library.run(estimate_statement(library.plan("books", query)), query)
    assert '"Plan Rows"' in (lines[0][0] or "")


def test_max_rows_hold_at_every_level(library):
    rows = library.get("authors", "select=id,books!author(id)&order=id&books.order=id", options=Options(max_rows=1))
    assert rows == [{"id": 1, "books": [{"id": 1}]}]


@pytest.mark.parametrize(("table", "hint"), [("bookz", "Perhaps you meant the table 'library.books'"), ("zebra", None)])
def test_no_such_table(library, table, hint):
    with pytest.raises(Refusal) as caught:
        library.plan(table)
    refusal = caught.value
    assert (refusal.status, refusal.code, refusal.hint) == (404, "PGRST205", hint)
    assert refusal.message == f"Could not find the table 'library.{table}' in the schema cache"


@pytest.mark.parametrize(
    "select",
    [
        ",".join(["*"] * 200),
        "count()," + ",".join(["*"] * 200),
        "id," + ",".join(["...shelves(*)"] * 100) + "," + ",".join(["*"] * 150),
    ],
)
def test_more_columns_than_postgresql_takes(library, select):
    with pytest.raises(Refusal) as caught:
        library.plan("books", f"select={select}")
    assert (caught.value.status, caught.value.code) == (400, "54011")


def test_as_many_columns_as_postgresql_takes(library):
    assert library.row("books", f"select={','.join(['*'] * 166)}&limit=1")[1] == "1"
