"""Pages: whoever goes through them one by one, either way, sees every row once and in order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from graphql_api import asked, served, until
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from graphql_api import Api

    from conftest import Database  # the name of many files: only for what is written down, never looked up

SCHEMA = """
CREATE TABLE public.thing (a int, b text, "when" timestamptz, sure int NOT NULL, PRIMARY KEY (sure, b));
INSERT INTO public.thing SELECT nullif(g % 4, 0), 'b' || g % 5, CASE WHEN g % 3 > 0 THEN '2026-01-01'::timestamptz
    + g % 6 * interval '1.000001 s' END, g / 2 FROM generate_series(1, 23) AS g;
CREATE FUNCTION public.things() RETURNS SETOF public.thing LANGUAGE sql STABLE
    AS 'SELECT * FROM public.thing';
CREATE FUNCTION public._picky(rec public.thing) RETURNS int LANGUAGE sql STABLE RETURN 1 / (rec.sure - 1);
GRANT ALL ON public.thing TO anon;
"""
FIELDS = "edges { cursor node { sure b } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage }"


@pytest.fixture
def api(database: Database) -> Iterator[Api]:
    with database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)
    with served(database) as running:
        yield running


def _page(api: Api, field: str, order: list[dict[str, str]], **arguments: Any) -> Any:
    query = f"""query($order: [thingOrderBy!], $first: Int, $last: Int, $after: Cursor, $before: Cursor, $offset: Int) {{
      page: {field}(orderBy: $order, first: $first, last: $last, after: $after, before: $before, offset: $offset,
        filter: {{sure: {{neq: 3}}}}) {{ {FIELDS} }} }}"""
    return asked(api, query, {"order": order, **arguments})["data"]["page"]


def _rows(page: Any) -> list[Any]:
    return [edge["node"] for edge in page["edges"]]


_DIRECTIONS = st.sampled_from(["AscNullsFirst", "AscNullsLast", "DescNullsFirst", "DescNullsLast"])
_ORDERS = st.lists(
    st.sampled_from(["a", "b", "when", "sure"]).flatmap(lambda name: _DIRECTIONS.map(lambda one: {name: one})),
    max_size=3,
)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(_ORDERS, st.integers(1, 9), st.sampled_from(["thingCollection", "things"]))
def test_all_pages_together_are_all_rows_in_order(api: Api, order: Any, size: int, field: str) -> None:
    whole = _page(api, field, order)
    everything = _rows(whole)
    assert len(everything) == 21
    assert (whole["pageInfo"]["hasNextPage"], whole["pageInfo"]["hasPreviousPage"]) == (False, False)
    forth, page = [], _page(api, field, order, first=size)
    while True:
        assert page["pageInfo"]["hasPreviousPage"] is bool(forth)
        forth += _rows(page)
        info = page["pageInfo"]
        assert (info["startCursor"], info["endCursor"]) == (page["edges"][0]["cursor"], page["edges"][-1]["cursor"])
        assert info["hasNextPage"] is (len(forth) < len(everything))
        if not info["hasNextPage"]:
            break
        page = _page(api, field, order, first=size, after=info["endCursor"])
    assert forth == everything
    back: list[Any] = []
    page = _page(api, field, order, last=size)
    while True:
        assert page["pageInfo"]["hasNextPage"] is bool(back)
        back = _rows(page) + back
        if not page["pageInfo"]["hasPreviousPage"]:
            break
        page = _page(api, field, order, last=size, before=page["pageInfo"]["startCursor"])
    assert back == everything


def test_an_offset_leaves_rows_out(api: Api) -> None:
    everything = _rows(_page(api, "thingCollection", []))
    for offset in (0, 5, 20, 21, 99):
        page = _page(api, "thingCollection", [], offset=offset)
        assert _rows(page) == everything[offset:]
        assert page["pageInfo"]["hasPreviousPage"] is (0 < offset < 21)
    after = _page(api, "thingCollection", [], first=3)["pageInfo"]["endCursor"]
    assert _rows(_page(api, "thingCollection", [], first=2, after=after, offset=4)) == everything[7:9]


def test_a_page_of_nothing(api: Api) -> None:
    page = _page(api, "thingCollection", [], first=0)
    assert page == {
        "edges": [],
        "pageInfo": {"startCursor": None, "endCursor": None, "hasNextPage": True, "hasPreviousPage": False},
    }


def test_a_row_behind_the_page_is_not_computed(api: Api) -> None:
    """The second row has `sure` 1, of which a computed field fails."""
    query = "query($n: Int) { thingCollection(first: $n) { edges { node { picky } } pageInfo { hasNextPage } } }"
    page = asked(api, query, {"n": 1})["data"]["thingCollection"]
    assert page == {"edges": [{"node": {"picky": -1}}], "pageInfo": {"hasNextPage": True}}
    assert asked(api, query, {"n": 2})["errors"] == [{"message": "division by zero"}]


def test_pages_under_a_row(api: Api, database: Database) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE public.part (id int PRIMARY KEY, sure int, b text, FOREIGN KEY (sure, b) REFERENCES public.thing);"
            " INSERT INTO public.part SELECT g, sure, b FROM public.thing, generate_series(1, 3) AS g WHERE sure = 7 LIMIT 3;"
            " GRANT ALL ON public.part TO anon; NOTIFY pgrst"
        )
    query = """{ thingCollection(filter: {sure: {eq: 7}}, first: 1) { pageInfo { hasNextPage } edges { node { sure
      partCollection(first: 2) { edges { node { id } } pageInfo { hasNextPage hasPreviousPage endCursor } } } } } }"""
    below = {
        "edges": [{"node": {"id": 1}}, {"node": {"id": 2}}],
        "pageInfo": {"hasNextPage": True, "hasPreviousPage": False, "endCursor": "WzJd"},
    }
    page = {"pageInfo": {"hasNextPage": True}, "edges": [{"node": {"sure": 7, "partCollection": below}}]}
    until(lambda: asked(api, query), {"data": {"thingCollection": page}})
