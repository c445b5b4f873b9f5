"""Insert, update and delete: one transaction a request, bounded by atMost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest
from graphql_api import asked, asking, served, until

from haulback.gateway.rest.planned import Options

if TYPE_CHECKING:
    from graphql_api import Api

    from conftest import Database  # the name of many files: only for what is written down, never looked up

SCHEMA = """
CREATE TABLE public.item (id int PRIMARY KEY, body text DEFAULT 'none', tags text[], price numeric(6, 2) CHECK (price > 0));
CREATE FUNCTION public._shout(rec public.item) RETURNS text LANGUAGE sql IMMUTABLE RETURN upper(rec.body);
GRANT ALL ON public.item TO anon;
"""


@pytest.fixture
def api(database: Database) -> Iterator[Api]:
    with database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)
    with served(database) as running:
        yield running


def _rows(database: Database) -> list[Any]:
    with database.connect() as connection:
        return connection.execute("SELECT id, body, price::text FROM public.item ORDER BY id").fetchall()


def test_rows_come_back_as_they_were_written(api: Api) -> None:
    query = """mutation($objects: [itemInsertInput!]!) { insertIntoitemCollection(objects: $objects) {
      affectedCount records { id body tags price shout nodeId } } }"""
    objects = [{"id": 1, "tags": ["a", 'b"c', "{}", "\\"], "price": "1.005"}, {"id": 2, "body": None}]
    answer = asked(api, query, {"objects": objects})["data"]["insertIntoitemCollection"]
    assert answer["affectedCount"] == 2
    first, second = answer["records"]
    assert (first["body"], first["tags"], first["price"]) == ("none", ["a", 'b"c', "{}", "\\"], "1.01")
    assert (second["body"], second["shout"]) == (None, None)
    assert first["shout"] == "NONE"
    by_id = asked(api, "query($id: ID!) { node(nodeId: $id) { ... on item { id } } }", {"id": first["nodeId"]})
    assert by_id == {"data": {"node": {"id": 1}}}


def test_no_more_rows_are_changed_than_may_be(api: Api, database: Database) -> None:
    asked(api, "mutation { insertIntoitemCollection(objects: [{id: 1}, {id: 2}, {id: 3}]) { affectedCount } }")
    update = 'mutation($n: Int!) { updateitemCollection(set: {body: "new"}, atMost: $n) { affectedCount } }'
    assert asked(api, update, {"n": 2}) == {
        "data": None,
        "errors": [{"message": "update impacts too many records"}],
    }
    assert {row[1] for row in _rows(database)} == {"none"}
    assert asked(api, update, {"n": 3}) == {"data": {"updateitemCollection": {"affectedCount": 3}}}
    assert asked(api, "mutation { deleteFromitemCollection { affectedCount } }") == {
        "data": None,
        "errors": [{"message": "delete impacts too many records"}],
    }
    assert len(_rows(database)) == 3
    one = "mutation { deleteFromitemCollection(filter: {id: {eq: 2}}) { affectedCount records { id body } } }"
    assert asked(api, one)["data"]["deleteFromitemCollection"] == {
        "affectedCount": 1,
        "records": [{"id": 2, "body": "new"}],
    }


def test_several_changes_are_one_transaction_in_order(api: Api, database: Database) -> None:
    query = """mutation($price: BigFloat) {
      a: insertIntoitemCollection(objects: [{id: 1}]) { affectedCount }
      __typename
      b: updateitemCollection(set: {body: "seen"}, filter: {id: {eq: 1}}) { affectedCount records { body } }
      c: insertIntoitemCollection(objects: [{id: 2, price: $price}]) { affectedCount } }"""
    failed = asked(api, query, {"price": "-1"})
    assert failed["data"] is None
    assert failed["errors"][0]["message"].startswith('new row for relation "item" violates check constraint')
    assert _rows(database) == []
    assert asked(api, query, {"price": "1"})["data"] == {
        "a": {"affectedCount": 1},
        "__typename": "Mutation",
        "b": {"affectedCount": 1, "records": [{"body": "seen"}]},
        "c": {"affectedCount": 1},
    }


def test_get_changes_nothing(api: Api, database: Database) -> None:
    change = "mutation%20%7B%20insertIntoitemCollection(objects%3A%20%5B%7Bid%3A%201%7D%5D)%20%7B%20affectedCount%20%7D%20%7D"
    reply = api.ask("GET", f"?query={change}", mount="/graphql/v1")
    assert reply.json["errors"][0]["message"].endswith("in a read-only transaction")
    assert api.ask("GET", "?query=%7B__typename%7D", mount="/graphql/v1").json == {"data": {"__typename": "Query"}}
    assert _rows(database) == []


def test_what_fails_at_the_commit_is_answered_as_the_rest_api_does(api: Api, database: Database) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute(
            "ALTER TABLE public.item ADD CONSTRAINT once UNIQUE (body) DEFERRABLE INITIALLY DEFERRED; NOTIFY pgrst"
        )
    reply = api.ask(
        "POST",
        "",
        {"query": "mutation { insertIntoitemCollection(objects: [{id: 1}, {id: 2}]) { affectedCount } }"},
        mount="/graphql/v1",
    )
    assert (reply.status, reply.json["code"]) == (409, "23505")
    assert _rows(database) == []


def test_a_thousand_rows_in_one_request(api: Api, database: Database) -> None:
    query = "mutation($o: [itemInsertInput!]!) { insertIntoitemCollection(objects: $o) { affectedCount } }"
    objects = [{"id": number, "body": f"row {number}" if number % 2 else None} for number in range(1000)]
    assert asked(api, query, {"o": objects}) == {"data": {"insertIntoitemCollection": {"affectedCount": 1000}}}
    assert [row[1] for row in _rows(database)] == [each["body"] for each in objects]
    again = asked(api, query, {"o": objects})
    assert again["errors"] == [{"message": 'duplicate key value violates unique constraint "item_pkey"'}]


@pytest.mark.parametrize("count", [2, 20])
def test_many_rows_are_read_as_few_are(api: Api, database: Database, count: int) -> None:
    query = """mutation($o: [itemInsertInput!]!) { insertIntoitemCollection(objects: $o) {
      affectedCount records { id body tags price } } }"""

    def insert(**more: Any) -> Any:
        return asked(api, query, {"o": [{"id": number, **more} for number in range(count)]})

    (record, *_) = insert(tags='a"b', price="2.5")["data"]["insertIntoitemCollection"]["records"]
    assert record == {"id": 0, "body": "none", "tags": ['a"b'], "price": "2.50"}
    for more, message in (
        ({"nope": 1}, 'Input for type itemInsertInput contains extra keys ["nope"]'),
        ({"body": 1}, "Invalid input for String(None) type"),
        ({"price": 1}, "Invalid input for BigFloat type. String required"),
        ({"price": "x"}, 'invalid input syntax for type numeric: "x"'),
        ({"price": "-1"}, 'new row for relation "item" violates check constraint "item_price_check"'),
    ):
        assert insert(**more) == {"data": None, "errors": [{"message": message}]}
    assert len(_rows(database)) == count


@pytest.mark.parametrize(
    ("tx_end", "prefer", "left"),
    [
        ("rollback", "", []),
        ("rollback", "tx=commit", []),
        ("rollback-allow-override", "tx=commit", [1, 2]),
        ("commit-allow-override", "tx=rollback", []),
        ("commit", "tx=rollback", [1, 2]),
    ],
)
def test_a_transaction_ends_as_settings_and_the_client_want(
    database: Database, tx_end: str, prefer: str, left: list[int]
) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)
        connection.execute("ALTER TABLE public.item ADD CONSTRAINT once UNIQUE (body) DEFERRABLE INITIALLY DEFERRED")
    headers = {"Prefer": prefer} if prefer else {}
    query = 'mutation($a: Int) { insertIntoitemCollection(objects: [{id: $a}, {id: 2, body: "x"}]) { affectedCount } }'
    with served(database, Options(tx_end=tx_end)) as api:
        done = {"data": {"insertIntoitemCollection": {"affectedCount": 2}}}
        assert asked(api, query, {"a": 1}, headers=headers) == done
        assert [row[0] for row in _rows(database)] == left
        again = (
            'mutation { insertIntoitemCollection(objects: [{id: 8, body: "y"}, {id: 9, body: "y"}]) { affectedCount } }'
        )
        twice = asking(api, {"query": again}, headers=headers)
        assert (twice.status, twice.json["code"]) == (409, "23505")
        failed = asked(api, query, {"a": 2}, headers=headers)
        assert failed["errors"] == [{"message": 'duplicate key value violates unique constraint "item_pkey"'}]


def test_a_time_zone_is_heeded(api: Api, database: Database) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute(
            "ALTER TABLE public.item ADD made timestamptz DEFAULT '2026-01-01 00:00+00';"
            " INSERT INTO public.item (id) VALUES (1); NOTIFY pgrst"
        )
    query = "{ itemCollection { edges { node { made } } } }"
    there = {"data": {"itemCollection": {"edges": [{"node": {"made": "2025-12-31T19:00:00-05:00"}}]}}}
    until(lambda: asked(api, query, headers={"Prefer": "timezone=America/New_York"}), there)


def test_whoever_may_write_rows_need_not_be_one_who_may_read_their_key(api: Api, database: Database) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute("REVOKE ALL ON public.item FROM anon; GRANT INSERT, SELECT (body) ON public.item TO anon")
        connection.execute("GRANT UPDATE (body) ON public.item TO anon; GRANT DELETE ON public.item TO anon")
    insert = 'mutation { insertIntoitemCollection(objects: [{id: 1, body: "b"}]) '
    until(lambda: asked(api, "{ itemCollection { edges { node { id } } } }")["data"], None)
    assert asked(api, f"{insert} {{ affectedCount records {{ body }} }} }}") == {
        "data": {"insertIntoitemCollection": {"affectedCount": 1, "records": [{"body": "b"}]}}
    }
    for verb in ('updateitemCollection(set: {body: "c"})', 'deleteFromitemCollection(filter: {body: {eq: "c"}})'):
        refused = asked(api, f"mutation {{ {verb} {{ records {{ nodeId }} }} }}")
        assert refused == {"data": None, "errors": [{"message": "permission denied for table item"}]}
        name = verb.partition("(")[0]
        assert asked(api, f"mutation {{ {verb} {{ affectedCount }} }}") == {"data": {name: {"affectedCount": 1}}}
    assert _rows(database) == []
