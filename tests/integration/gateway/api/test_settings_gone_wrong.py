"""Settings in the database that make no sense: what held before still does, and somebody is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from psycopg import sql
from rest_api import Api, Reply, served, token
from test_told_by_database import say, until

if TYPE_CHECKING:
    from conftest import Database

SCHEMA = """
CREATE TABLE public.projects (id int PRIMARY KEY);
INSERT INTO public.projects SELECT generate_series(1, 5);
GRANT SELECT ON public.projects TO anon, authenticated;
CREATE FUNCTION public.me() RETURNS text LANGUAGE sql STABLE AS 'SELECT current_user::text';
CREATE FUNCTION public.configure() RETURNS text LANGUAGE sql STABLE AS $$ SELECT set_config('pgrst.db_max_rows', '2', true) $$;
"""


@pytest.fixture
def ground(any_database: Database) -> Database:
    with any_database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)
    return any_database


def told(api: Api, text: str) -> bool:
    return until(lambda: api.ask("GET", "/projects"), lambda _: any(text in one for one in api.said)).status == 200


def configure(database: Database, body: str, rest: str = "") -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE OR REPLACE FUNCTION public.configure() RETURNS text LANGUAGE plpgsql {} AS {}").format(
                sql.SQL(rest), sql.Literal(f"BEGIN {body} END")
            )
        )
        connection.execute("NOTIFY pgrst, 'reload config'")


ROWS = ("-5", "many", "1_000", "99999999999999999999", "9" * 5000, "٣", "1.5", "")
PATHS = ("role[", "$", "$.", "$[?(@ == 'x')].y", "$.a[?search(@, '(')]", ".a" * 600, "$..role")


def test_what_held_before_still_does(ground: Database) -> None:
    say(ground, db_max_rows="3", jwt_role_claim_key="$.app.role")
    mine = token("service_role", app={"role": "authenticated"})
    with served(ground) as api:
        for rows, path in zip(ROWS, PATHS + PATHS[:1], strict=True):
            say(ground, db_max_rows=rows, jwt_role_claim_key=path, server_trace_header="Content-Length")
            say(ground, server_trace_header="X-Seen")
            until(lambda: seen(api), lambda reply: "x-seen" in reply.headers)
            reply = api.ask("GET", "/projects")
            assert (reply.status, len(reply.json)) == (200, 3)
            assert api.ask("GET", "/rpc/me", token=mine).json == "authenticated"
            say(ground, server_trace_header="X-Other")
            until(lambda: seen(api), lambda reply: "x-seen" not in reply.headers)
        for name in ("db_max_rows", "jwt_role_claim_key"):
            assert sum(f"pgrst.{name} cannot be read as meant" in one for one in api.said) == 1
        say(ground, server_trace_header="Content-Length")
        assert told(api, "pgrst.server_trace_header cannot be read as meant")


def seen(api: Api) -> Reply:
    return api.ask("GET", "/projects", headers={"X-Seen": "1"})


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("RAISE 'not now';", "not now"),
        ("PERFORM pg_sleep(60); RETURN '';", "statement timeout"),
        ("DELETE FROM public.projects; RETURN '';", "read-only"),
    ],
)
def test_a_function_that_fails_leaves_what_was(ground: Database, body: str, message: str) -> None:
    say(ground, db_pre_config="public.configure")
    with served(ground) as api:
        assert len(api.ask("GET", "/projects").json) == 2
        configure(ground, body)
        assert told(api, message)
        assert len(api.ask("GET", "/projects").json) == 2
        configure(ground, "RETURN set_config('pgrst.db_max_rows', '4', true);")
        reply = until(lambda: api.ask("GET", "/projects"), lambda reply: len(reply.json) == 4)
        assert len(reply.json) == 4


def test_nothing_stays_of_what_a_function_does_beside(ground: Database) -> None:
    say(ground, db_pre_config="public.configure")
    body = """
        PERFORM set_config('role', 'anon', false), set_config('search_path', 'nowhere', false);
        PERFORM pg_notify('pgrst', 'reload config'), pg_notify('heard', '');
        RETURN set_config('pgrst.db_max_rows', '3', false);
    """
    with served(ground) as api, ground.connect(autocommit=True) as listening:
        listening.execute("LISTEN heard")
        configure(ground, body)
        assert len(until(lambda: api.ask("GET", "/projects"), lambda reply: len(reply.json) == 3).json) == 3
        assert list(listening.notifies(timeout=1)) == []


OTHERS = (
    {"db_schemas": "nowhere"},
    {"db_schemas": " , ,"},
    {"db_schemas": 'pub"lic, "', "db_extra_search_path": '", nowhere'},
    {"db_schemas": "public", "db_pre_request": "no such.thing; DROP"},
    {"db_pre_request": "", "db_root_spec": "a.b.c"},
    {"db_root_spec": "", "db_anon_role": "nobody at all"},
    {"db_anon_role": "anon", "db_hoisted_tx_settings": "no_such, '"},
    {"server_cors_allowed_origins": "*, \r\nX: y"},
    {"jwt_secret": "short", "jwt_aud": "", "openapi_mode": "\t"},
)


def test_others_never_stop_a_worker(ground: Database) -> None:
    with served(ground) as api:
        for settings in OTHERS:
            say(ground, **settings, server_trace_header="X-Seen")
            reply = until(lambda: seen(api), lambda reply: "x-seen" in reply.headers)
            assert "x-seen" in reply.headers
            assert reply.status < 500, (settings, reply.body)
            assert api.ask("GET", "/").status < 500, settings
            say(ground, server_trace_header="X-Other")
            until(lambda: seen(api), lambda reply: "x-seen" not in reply.headers)
        assert api.ask("GET", "/projects").status == 200


ROLES = (
    "",
    "none",
    "None",
    "postgres",
    "a\u0000b",
    "x" * 5000,
    "authenticated ",
    '"authenticated"',
    "authenticated; RESET ROLE",
    "👻",
    True,
    7,
    1e300,
    ["authenticated"],
    {"role": "authenticated"},
    [[[[]]]],
)
NUMBERS = ({"exp": 10**400}, {"exp": 1e308}, {"nbf": -(10**400)}, {"iat": -1e308}, {"iat": 10**400}, {"x": 10**4000})


def test_a_role_is_the_one_of_the_token_or_none(ground: Database) -> None:
    with served(ground) as api:
        for role in ROLES:
            reply = api.ask("GET", "/rpc/me", token=token(role=role))
            assert reply.status in range(400, 500), (role, reply.body)
        for claims in NUMBERS:
            assert api.ask("GET", "/rpc/me", token=token(**claims)).status < 500, claims
