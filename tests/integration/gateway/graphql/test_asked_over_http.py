"""GraphQL over HTTP: the way through, from a request to its rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from graphql_api import asked, served

if TYPE_CHECKING:
    from graphql_api import Api

    from conftest import Database  # the name of many files: only for what is written down, never looked up

SCHEMA = """
COMMENT ON SCHEMA public IS '@graphql({"inflect_names": true})';
CREATE TABLE public.account (id int PRIMARY KEY, first_name text NOT NULL, parent_id int REFERENCES public.account);
COMMENT ON TABLE public.account IS '@graphql({"totalCount": {"enabled": true}, "aggregate": {"enabled": true}})';
GRANT ALL ON public.account TO anon;
INSERT INTO public.account SELECT g, 'name ' || g, nullif(g / 2, 0) FROM generate_series(1, 9) AS g;
"""


@pytest.fixture
def api(database: Database) -> Iterator[Api]:
    with database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)
    with served(database) as running:
        yield running


def test_a_page_of_a_collection(api: Api) -> None:
    query = """query($n: Int, $after: Cursor) {
      accountCollection(first: $n, after: $after) {
        totalCount edges { cursor node { id firstName parent { id } } } pageInfo { hasNextPage endCursor } } }"""
    first = asked(api, query, {"n": 2})["data"]["accountCollection"]
    assert [edge["node"] for edge in first["edges"]] == [
        {"id": 1, "firstName": "name 1", "parent": None},
        {"id": 2, "firstName": "name 2", "parent": {"id": 1}},
    ]
    assert first["pageInfo"] == {"hasNextPage": True, "endCursor": first["edges"][1]["cursor"]}
    second = asked(api, query, {"n": 30, "after": first["pageInfo"]["endCursor"]})["data"]["accountCollection"]
    assert [edge["node"]["id"] for edge in second["edges"]] == [3, 4, 5, 6, 7, 8, 9]
    assert (second["totalCount"], second["pageInfo"]["hasNextPage"]) == (9, False)
