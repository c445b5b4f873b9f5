"""Users, tables and verbs over GraphQL: nobody sees or changes what row-level security hides, whatever went before."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest
from graphql_api import asked, served, token

if TYPE_CHECKING:
    from graphql_api import Api

    from conftest import Database  # the name of many files: only for what is written down, never looked up

pytestmark = pytest.mark.once

USERS = [f"00000000-0000-4000-8000-00000000000{number}" for number in range(1, 6)]
SCHEMA = """
CREATE TABLE public.own (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id uuid NOT NULL, body text);
CREATE TABLE public.detail (id int PRIMARY KEY, own_id int REFERENCES public.own, body text);
CREATE TABLE public.shared (id int PRIMARY KEY, body text);
CREATE TABLE public.hidden (id int PRIMARY KEY, body text);
CREATE TABLE public.granted_to_none (id int PRIMARY KEY, body text);
CREATE TABLE public.column_kept (id int PRIMARY KEY, body text, secret text);
ALTER TABLE public.own ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.shared ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.hidden ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.own TO authenticated USING (user_id = auth.uid()) WITH CHECK (user_id = auth.uid());
CREATE POLICY everyone ON public.shared FOR SELECT USING (true);
REVOKE ALL ON public.granted_to_none, public.column_kept FROM PUBLIC, anon, authenticated, service_role;
GRANT SELECT (id, body) ON public.column_kept TO authenticated;
COMMENT ON TABLE public.own IS '@graphql({"totalCount": {"enabled": true}, "aggregate": {"enabled": true}})';
CREATE FUNCTION public.who() RETURNS text LANGUAGE sql STABLE RETURN current_user || coalesce(auth.uid()::text, '');
CREATE FUNCTION public.stays() RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('request.jwt.claims', '{"sub": "00000000-0000-4000-8000-000000000001"}', false);
    PERFORM set_config('search_path', 'pg_catalog', false);
    RETURN 1;
END $$;
INSERT INTO public.shared VALUES (1, 'for all');
INSERT INTO public.hidden VALUES (1, 'for nobody');
"""
MINE = "{ ownCollection(filter: {id: {gt: 0}}) { totalCount aggregate { count } edges { node { user_id } } } }"
VERBS = {
    "read": "{{ {table}Collection {{ edges {{ node {{ id }} }} }} }}",
    "insert": "mutation {{ insertInto{table}Collection(objects: [{row}]) {{ affectedCount }} }}",
    "update": 'mutation {{ update{table}Collection(set: {{body: "x"}}, atMost: 99) {{ affectedCount }} }}',
    "delete": 'mutation {{ deleteFrom{table}Collection(filter: {{body: {{eq: "none"}}}}, atMost: 99) {{ affectedCount }} }}',
}
ROWS = {"own": f'{{user_id: "{USERS[4]}", body: "x"}}'}


@pytest.fixture
def api(database: Database) -> Iterator[Api]:
    with database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)
        for user in USERS:
            connection.execute(
                "INSERT INTO public.own (user_id, body) VALUES (%s, %s), (%s, 'second')", (user, user, user)
            )
    with served(database) as running:
        yield running


def _tried(api: Api, caller: str | None, table: str, verb: str) -> Any:
    """How many rows were read or changed, or the error."""
    row = ROWS.get(table, '{id: 7, body: "x"}')
    answer = asked(api, VERBS[verb].format(table=table, row=row), token=caller)
    if "errors" in answer:
        return answer["errors"][0]["message"]
    (value,) = answer["data"].values()
    return len(value["edges"]) if verb == "read" else value["affectedCount"]


def test_who_may_what(api: Api) -> None:
    callers = {"anon": None, **{user: token(user=user) for user in USERS[:2]}, "service": token("service_role")}
    seen = {
        (name, table, verb): _tried(api, caller, table, verb)
        for (name, caller), table, verb in itertools.product(
            callers.items(), ("own", "shared", "hidden", "granted_to_none"), VERBS
        )
    }
    refused = 'new row violates row-level security policy for table "{}"'
    for user in USERS[:2]:
        assert [seen[user, "own", verb] for verb in VERBS] == [2, refused.format("own"), 2, 0]
    assert [seen["anon", "own", verb] for verb in VERBS] == [0, refused.format("own"), 0, 0]
    assert seen["service", "own", "read"] == 10
    for name in callers:
        if name != "service":
            assert [seen[name, "hidden", verb] for verb in VERBS] == [0, refused.format("hidden"), 0, 0]
            assert [seen[name, "shared", verb] for verb in VERBS] == [1, refused.format("shared"), 0, 0]
        assert seen[name, "granted_to_none", "read"] == 'Unknown field "granted_to_noneCollection" on type Query'
        assert seen[name, "granted_to_none", "insert"].startswith('Unknown field "insertIntogranted_to_none')


def test_a_column_that_is_not_granted_is_not_there(api: Api) -> None:
    mine = token(user=USERS[0])
    there = asked(api, "{ column_keptCollection { edges { node { id body } } } }", token=mine)
    assert there == {"data": {"column_keptCollection": {"edges": []}}}
    for query in (
        "{ column_keptCollection { edges { node { secret } } } }",
        '{ column_keptCollection(filter: {secret: {eq: "x"}}) { edges { node { id } } } }',
        "{ column_keptCollection(orderBy: [{secret: AscNullsLast}]) { edges { node { id } } } }",
    ):
        answer = asked(api, query, token=mine)
        assert answer["data"] is None
        assert "secret" in answer["errors"][0]["message"]
    assert asked(api, "{ column_kept(limit: 1) { secret } }", token=mine)["data"] is None


def test_what_is_nested_counts_and_aggregates_is_hidden_too(api: Api, database: Database) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute("INSERT INTO public.detail SELECT id, id, 'of ' || id FROM public.own")
    mine = token(user=USERS[0])
    whole = asked(api, MINE, token=mine)["data"]["ownCollection"]
    assert (whole["totalCount"], whole["aggregate"]) == (2, {"count": 2})
    assert [edge["node"]["user_id"] for edge in whole["edges"]] == [USERS[0]] * 2
    nested = asked(api, "{ detailCollection { edges { node { own { user_id } } } } }", token=mine)
    owners = [edge["node"]["own"] for edge in nested["data"]["detailCollection"]["edges"]]
    assert len(owners) == 10
    assert [owner for owner in owners if owner] == [{"user_id": USERS[0]}] * 2


def test_many_users_on_the_same_connections_see_their_own(api: Api) -> None:
    wrong: list[object] = []
    failing = [
        '{ ownCollection(filter: {user_id: {eq: "xxx"}}) { edges { node { id } } } }',
        "{ nothing { id } }",
        "{ ownCollection { ",
        "mutation { stays }",
    ]

    def work(seed: int) -> None:
        chance = random.Random(seed)
        connection = api.connection()
        for _ in range(80):
            user = chance.choice([*USERS, None])
            mine = token(user=user) if user else None
            if chance.random() < 0.2:
                asked(api, chance.choice(failing), token=mine, connection=connection)
                continue
            answer = asked(api, MINE, token=mine, connection=connection)
            found = {edge["node"]["user_id"] for edge in answer["data"]["ownCollection"]["edges"]}
            if found != ({user} if user else set()):
                wrong.append((user, answer))
        connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert wrong == []


def test_what_a_function_leaves_behind_is_nobody_elses(api: Api) -> None:
    for _ in range(10):
        assert asked(api, "mutation { stays }", token=token(user=USERS[0])) == {"data": {"stays": 1}}
        assert asked(api, "{ who }", token=token(user=USERS[1])) == {"data": {"who": f"authenticated{USERS[1]}"}}
        assert asked(api, "{ who }") == {"data": {"who": "anon"}}
