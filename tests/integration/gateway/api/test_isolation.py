"""Users, tables and verbs: nobody sees or changes what row-level security hides, whatever went before on a connection."""

from __future__ import annotations

import http.client
import itertools
import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from rest_api import Api, served, token

if TYPE_CHECKING:
    from conftest import Database  # the name of many files: only for what is written down, never looked up

pytestmark = pytest.mark.once


USERS = [f"00000000-0000-4000-8000-00000000000{number}" for number in range(1, 6)]
SCHEMA = """
CREATE TABLE public.own (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id uuid NOT NULL, body text);
CREATE TABLE public.shared (id int PRIMARY KEY, body text);
CREATE TABLE public.hidden (id int PRIMARY KEY, body text);
CREATE TABLE public.granted_to_none (id int PRIMARY KEY, body text);
ALTER TABLE public.own ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.shared ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.hidden ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.own TO authenticated USING (user_id = auth.uid()) WITH CHECK (user_id = auth.uid());
CREATE POLICY everyone ON public.shared FOR SELECT USING (true);
REVOKE ALL ON public.granted_to_none FROM PUBLIC, anon, authenticated, service_role;
CREATE FUNCTION public.who() RETURNS json LANGUAGE sql STABLE
    RETURN json_build_object('role', current_user, 'sub', auth.uid());
CREATE FUNCTION public.stays() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('request.jwt.claims', '{"sub": "00000000-0000-4000-8000-000000000001"}', false);
    PERFORM set_config('search_path', 'pg_catalog', false);
    PERFORM set_config('app.left', 'behind', false);
END $$;
INSERT INTO public.shared VALUES (1, 'for all');
INSERT INTO public.hidden VALUES (1, 'for nobody');
"""


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


def test_who_may_what(api: Api) -> None:
    callers = {"anon": None, **{user: token(user=user) for user in USERS[:2]}, "service": token("service_role")}
    seen = {
        (name, table, verb): _tried(api, caller, table, verb)
        for (name, caller), table, verb in itertools.product(
            callers.items(), ("own", "shared", "hidden", "granted_to_none"), ("GET", "POST", "PATCH", "DELETE")
        )
    }
    for user in USERS[:2]:
        assert seen[user, "own", "GET"] == (200, {user})
        assert seen[user, "own", "POST"] == (403, None)  # a row of somebody else
        assert seen[user, "own", "PATCH"] == (200, {user})
    assert seen["anon", "own", "GET"] == (200, set())
    assert seen["anon", "own", "POST"] == (401, None)
    assert seen["anon", "own", "PATCH"] == (200, set())
    assert seen["service", "own", "GET"] == (200, set(USERS))
    for name in callers:
        if name != "service":
            assert seen[name, "hidden", "GET"] == (200, set())
            assert seen[name, "hidden", "DELETE"] == (200, set())
            assert seen[name, "shared", "PATCH"] == (200, set())
        refused = 401 if name == "anon" else 403
        assert {seen[name, "granted_to_none", verb] for verb in ("GET", "POST", "PATCH", "DELETE")} == {(refused, None)}


def _tried(api: Api, caller: str | None, table: str, verb: str) -> tuple[int, frozenset[str] | set[str] | None]:
    """Status, and whose rows were read, changed or deleted; all of it is rolled back by the next assertion's reader."""
    body = None
    path = f"/{table}"
    if verb == "POST":
        body = {"user_id": USERS[4], "body": "x"} if table == "own" else {"id": 7, "body": "x"}
    if verb == "PATCH":
        body = {"body": "changed"}
    if verb in {"PATCH", "DELETE"}:
        path += "?id=gt.0"
    if verb == "DELETE" and table == "own":
        path += "&body=eq.nothing-of-the-kind"
    reply = api.ask(verb, path, body, token=caller, headers={"Prefer": "return=representation"})
    if reply.status >= 300:
        return (201, None) if reply.status == 201 else (reply.status, None)
    return reply.status, {str(row.get("user_id", "-")) for row in reply.json}


def test_many_users_on_the_same_connections_see_their_own(api: Api) -> None:
    wrong: list[object] = []
    failures = [f"/own?id=eq.{'x' * 3}", "/granted_to_none", "/rpc/nothing", "/own?select=nothing"]

    def work(seed: int) -> None:
        chance = random.Random(seed)
        connection = api.connection()
        for _ in range(120):
            user = chance.choice([*USERS, None])
            mine = token(user=user) if user else None
            if chance.random() < 0.15:
                reply = api.ask("GET", chance.choice(failures), token=mine, connection=connection)
                if reply.status < 400:
                    wrong.append(reply)
                continue
            reply = api.ask("GET", "/own?select=user_id", token=mine, connection=connection)
            if reply.status != 200 or {row["user_id"] for row in reply.json} != ({user} if user else set()):
                wrong.append((user, reply))
        connection.close()

    with ThreadPoolExecutor(12) as pool:
        list(pool.map(work, range(12)))
    assert wrong == []


def test_what_a_function_leaves_behind_is_nobody_elses(api: Api) -> None:
    other = token(user=USERS[1])
    for _ in range(20):
        assert api.ask("POST", "/rpc/stays", {}, token=token(user=USERS[0])).status == 204
        assert api.ask("POST", "/rpc/who", {}, token=other).json == {"role": "authenticated", "sub": USERS[1]}
        assert api.ask("POST", "/rpc/who", {}).json == {"role": "anon", "sub": None}
        assert {row["user_id"] for row in api.ask("GET", "/own", token=other).json} == {USERS[1]}


def test_a_failure_amid_a_write_leaves_nothing_of_it(api: Api) -> None:
    mine = token(user=USERS[0])
    rows = [{"user_id": USERS[0], "body": "fine"}, {"user_id": USERS[1], "body": "not mine"}]
    assert api.ask("POST", "/own", rows, token=mine).status == 403
    assert {row["body"] for row in api.ask("GET", "/own", token=mine).json} == {USERS[0], "second"}


def test_slow_requests_do_not_hold_up_the_quick_ones(api: Api, database: Database) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION public.slow() RETURNS int LANGUAGE plpgsql AS"
            " $$ BEGIN PERFORM pg_sleep(3); RETURN 1; END $$; NOTIFY pgrst"
        )
        connection.execute("SELECT pg_sleep(0.3)")
    until = threading.Event()
    slow = [threading.Thread(target=lambda: api.ask("POST", "/rpc/slow", {})) for _ in range(3)]
    for _ in range(5):
        api.ask("GET", "/shared")
    for thread in slow:
        thread.start()
    answered = 0
    connection_: http.client.HTTPConnection = api.connection()
    while any(thread.is_alive() for thread in slow) and answered < 50:
        assert api.ask("GET", "/shared", connection=connection_).json == [{"id": 1, "body": "for all"}]
        answered += 1
    alive = [thread.is_alive() for thread in slow]
    connection_.close()
    for thread in slow:
        thread.join()
    until.set()
    assert (answered, alive) == (50, [True] * 3)
