"""GraphQL over HTTP: the way through, from a request to its rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from graphql_api import asked, asking, served, token, until

from haulback.gateway.graphql.held import Types
from haulback.gateway.rest.planned import Options
from haulback.model.graphql import GraphQLSettings

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


def test_a_table_by_its_own_name(api: Api, database: Database) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE public.engagement_events (id int PRIMARY KEY, event_type text);"
            " GRANT ALL ON public.engagement_events TO anon;"
            " INSERT INTO public.engagement_events VALUES (1, 'opened'), (2, 'closed'); NOTIFY pgrst"
        )
    first = {"data": {"engagement_events": [{"id": 1}]}}
    until(lambda: asked(api, "{ engagement_events(limit: 1) { id } }"), first)
    assert asked(api, "{ engagement_events(limit: 5, offset: 1) { kind: event_type event_type eventType } }") == {
        "data": {"engagement_events": [{"kind": "closed", "event_type": "closed", "eventType": "closed"}]}
    }
    for query in ("{ engagement_events(where: 1) { id } }", "{ nothing(limit: 1) { id } }"):
        assert asked(api, query)["errors"][0]["message"].startswith("Unknown field")
    assert asked(api, "{ engagement_events(limit: -1) { id } }")["errors"] == [
        {"message": "`limit` must be an unsigned integer"}
    ]


def test_what_was_granted_just_now_is_there(api: Api, database: Database) -> None:
    query = "{ accountCollection { totalCount } }"
    mine = token(user="00000000-0000-4000-8000-000000000001")
    with database.connect(autocommit=True) as connection:
        connection.execute("REVOKE ALL ON public.account FROM authenticated; NOTIFY pgrst")
        refused = {"data": None, "errors": [{"message": 'Unknown field "accountCollection" on type Query'}]}
        until(lambda: asked(api, query, token=mine), refused)
        connection.execute("GRANT SELECT ON public.account TO authenticated")
    until(lambda: asked(api, query, token=mine), {"data": {"accountCollection": {"totalCount": 9}}})


def test_introspection_is_a_switch(api: Api, database: Database) -> None:
    query = "query($name: String!) { __type(name: $name) { name fields { name } } }"
    assert asked(api, query, {"name": "Account"})["errors"] == [{"message": 'Unknown field "__type" on type Query'}]
    with database.connect(autocommit=True) as connection:
        connection.execute("""COMMENT ON SCHEMA public IS '@graphql({"introspection": true})'; NOTIFY pgrst""")
    named = {"data": {"__type": {"name": "PageInfo"}}}
    until(lambda: asked(api, '{ __type(name: "PageInfo") { name } }'), named)
    for name in ("account", "accountConnection"):
        assert asked(api, query, {"name": name})["data"]["__type"]["name"] == name
    both = asked(api, "{ __schema { queryType { name } } accountCollection { totalCount } }")
    assert both == {"data": {"__schema": {"queryType": {"name": "Query"}}, "accountCollection": {"totalCount": 9}}}


def test_a_comment_that_cannot_be_read_is_the_answer(api: Api, database: Database) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute("""COMMENT ON TABLE public.account IS '@graphql({"max_rows": "x"})'; NOTIFY pgrst""")
    until(lambda: "data" in asked(api, "{ accountCollection { totalCount } }"), False)  # noqa: FBT003 - what is waited for
    (error,) = asked(api, "{ accountCollection { totalCount } }")["errors"]
    assert error["message"].startswith("Error while loading schema, check comment directives.")
    assert api.ask("GET", "/account?select=id&limit=1").json == [{"id": 1}]


def test_the_extension_answers_where_it_is(database: Database) -> None:
    # Any function in C stands for the one that only the extension has.
    with database.connect("supabase_admin", autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION graphql._internal_resolve() RETURNS language_handler LANGUAGE c"
            " AS 'plpgsql', 'plpgsql_call_handler';"
            "CREATE OR REPLACE FUNCTION graphql.resolve(query text, variables jsonb DEFAULT '{}',"
            ' "operationName" text DEFAULT NULL, extensions jsonb DEFAULT NULL) RETURNS jsonb LANGUAGE sql RETURN'
            " jsonb_build_object('query', query, 'variables', variables, 'name', \"operationName\", 'role', current_user)"
        )
    with served(database) as api:
        answer = asking(api, {"query": "{ whatever", "variables": {"a": [1]}, "operationName": "b"}, token=token())
        assert answer.json == {"query": "{ whatever", "variables": {"a": [1]}, "name": "b", "role": "authenticated"}
        assert asking(api, {"query": "{ whatever"}).json["role"] == "anon"


def test_the_function_that_is_asked_first_is(database: Database) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)
        connection.execute(
            "CREATE FUNCTION public.first() RETURNS void LANGUAGE plpgsql AS $$ BEGIN"
            " PERFORM set_config('response.headers', '[{\"X-First\": \"yes\"}]', true);"
            " IF current_setting('request.headers')::json ->> 'x-closed' IS NOT NULL THEN"
            " RAISE SQLSTATE 'PT503' USING MESSAGE = 'closed'; END IF; END $$"
        )
    with served(database, Options(pre_request="public.first")) as api:
        query = {"query": "{ accountCollection { totalCount } }"}
        reply = asking(api, query)
        assert (reply.headers["x-first"], reply.json["data"]["accountCollection"]) == ("yes", {"totalCount": 9})
        for body in (query, {"query": "{ nothing }"}, {"query": "{"}):
            closed = asking(api, body, headers={"x-closed": "1"})
            assert (closed.status, closed.json["message"]) == (503, "closed")


def test_a_query_that_takes_too_long_is_refused_as_by_the_rest_api(api: Api, database: Database) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION public.hurried() RETURNS int LANGUAGE plpgsql STABLE AS"
            " $$ BEGIN RAISE SQLSTATE '57014' USING MESSAGE = 'canceling statement due to statement timeout'; END $$;"
            " NOTIFY pgrst"
        )
    until(lambda: asking(api, {"query": "{ hurried }"}).status, 500)
    reply = asking(api, {"query": "{ hurried }"})
    assert (reply.status, reply.json["code"]) == (500, "57014")


def test_what_a_statement_raises_is_the_error(api: Api, database: Database) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION public._broken(rec public.account) RETURNS int LANGUAGE sql STABLE RETURN 1 / (rec.id - 1);"
            " NOTIFY pgrst"
        )
    failed = {"data": None, "errors": [{"message": "division by zero"}]}
    until(lambda: asked(api, "{ accountCollection { edges { node { broken } } } }"), failed)


def test_a_role_that_does_not_exist_is_refused_as_by_the_rest_api(api: Api) -> None:
    reply = asking(api, {"query": "{ __typename }"}, token=token("nobody_there"))
    assert reply.status == 401
    assert reply.json["code"] in {"22023", "42704"}


def test_it_can_be_left_out(database: Database) -> None:
    with served(database, graphql=GraphQLSettings(serve=False)) as api:
        assert asking(api, {"query": "{ __typename }"}).status == 404


def test_types_that_cannot_be_made_keep_nothing_else_from_being_served(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("whatever")

    with database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)
    monkeypatch.setattr(Types, "reading", broken)
    with served(database) as api:
        reply = asking(api, {"query": "{ __typename }"})
        assert (reply.status, reply.json["code"]) == (503, "PGRST002")
        assert api.ask("GET", "/account?select=id&limit=1").json == [{"id": 1}]
        assert "KeyError: 'whatever'" in api.said[0]
