"""What `ALTER ROLE authenticator SET pgrst.…` says holds for the API, as it does for PostgREST."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import psycopg
import pytest
from psycopg import sql
from rest_api import Api, Reply, served, token

from haulback.gateway.rest.planned import Options
from haulback.gateway.schema import configuration
from haulback.gateway.schema.model import Name
from haulback.gateway.schema.reading import read
from haulback.model.realtime import RealtimeSettings

if TYPE_CHECKING:
    from conftest import Database

SCHEMA = """
CREATE TABLE public.clients (id int PRIMARY KEY, name text);
CREATE TABLE public.projects (id int PRIMARY KEY, name text, client_id int REFERENCES public.clients);
INSERT INTO public.clients VALUES (1, 'Microsoft');
INSERT INTO public.projects VALUES (1, 'Windows 7', 1), (2, 'Windows 10', 1);
CREATE FUNCTION public.root() RETURNS json LANGUAGE sql STABLE AS $$ SELECT '{"title": "Overridden"}'::json $$;
CREATE SCHEMA tenant_a;
CREATE SCHEMA tenant_b;
CREATE TABLE tenant_b.things (id int);
GRANT USAGE ON SCHEMA tenant_b TO anon;
GRANT SELECT ON tenant_b.things TO anon;
CREATE FUNCTION public.configure() RETURNS void LANGUAGE sql STABLE AS $$
    SELECT set_config('pgrst.db_schemas', string_agg(nspname, ',' ORDER BY nspname), true),
        set_config('pgrst.client_error_verbosity', 'minimal', true), set_config('pgrst.server_timing_enabled', 'true', true)
    FROM pg_namespace WHERE nspname LIKE 'tenant%'
$$;
CREATE FUNCTION public.patient() RETURNS int LANGUAGE sql STABLE SET work_mem = '5MB' AS 'SELECT 1';
CREATE FUNCTION public.me() RETURNS text LANGUAGE sql STABLE AS 'SELECT current_user::text';
"""


@pytest.fixture
def ground(any_database: Database) -> Database:
    with any_database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)
    return any_database


def say(database: Database, **settings: str) -> None:
    """Says it for this database alone, so that it goes with it."""
    with database.connect(autocommit=True) as connection:
        for name, value in settings.items():
            statement = "ALTER ROLE authenticator IN DATABASE {} SET {} = {}"
            connection.execute(
                sql.SQL(statement).format(
                    sql.Identifier(database.name), sql.Identifier(f"pgrst.{name}"), sql.Literal(value)
                )
            )
        connection.execute("NOTIFY pgrst, 'reload config'")


@contextmanager
def told(database: Database, **settings: str) -> Iterator[Api]:
    say(database, **settings)
    with served(database) as api:
        yield api


def until(ask: Callable[[], Reply], holds: Callable[[Reply], bool]) -> Reply:
    """The first answer for which it holds; half a minute at most."""
    end = time.monotonic() + 30
    while not holds(reply := ask()) and time.monotonic() < end:
        time.sleep(0.02)
    return reply


def test_it_holds_from_the_next_reading_on(ground: Database) -> None:
    with served(ground) as api:
        assert "server-timing" not in api.ask("GET", "/projects").headers
        say(ground, server_timing_enabled="true")
        reply = until(lambda: api.ask("GET", "/projects"), lambda reply: "server-timing" in reply.headers)
        assert reply.headers["server-timing"].startswith("jwt;dur=")


def test_what_cannot_be_read_is_left_as_it_was(ground: Database) -> None:
    wrong = {
        "server_timing_enabled": "perhaps",
        "client_error_verbosity": "loud",
        "openapi_mode": "open",
        "openapi_server_proxy_uri": "ftp://api.example.com",
        "jwt_role_claim_key": "role[",
        "server_trace_header": "Authorization",
        "db_max_rows": "many",
    }
    with told(ground, **wrong) as api:
        reply = api.ask("GET", "/projects", token=token("authenticated"))
        assert (reply.status, len(reply.json)) == (200, 2)
        assert "authorization" not in reply.headers
        assert api.ask("GET", "/none").json.keys() == {"code", "message", "details", "hint"}


def test_errors_are_short_where_that_is_wanted(ground: Database) -> None:
    with told(ground, client_error_verbosity="minimal") as api:
        assert api.ask("GET", "/projectsx").json == {
            "code": "PGRST205",
            "message": "Could not find the table 'public.projectsx' in the schema cache",
        }
        assert api.ask("POST", "/projects", {"id": 1}).json.keys() == {"code", "message"}
        ranged = api.ask("GET", "/projects?offset=9", headers={"Prefer": "count=exact"})
        assert (ranged.status, ranged.json.keys()) == (416, {"code", "message"})
        assert api.ask("GET", "", mount="/elsewhere").json.keys() == {"code", "message"}
        assert api.ask("POST", "/projects", b"{}", headers={"Content-Type": "application/x-ndjson"}).json == {
            "code": "42501",
            "message": "lines of JSON are taken from service_role only",
        }


def test_a_function_answers_at_the_root(ground: Database) -> None:
    with told(ground, db_root_spec="root") as api:
        reply = api.ask("GET", "/")
        assert reply.json == {"title": "Overridden"}
        assert reply.headers["content-type"] == "application/json; charset=utf-8"
        assert api.ask("OPTIONS", "/").headers["allow"] == "OPTIONS,GET,HEAD,POST"
        assert api.ask("DELETE", "/").json["code"] == "PGRST101"


def test_what_the_document_says_of_the_server(ground: Database) -> None:
    address = "https://api.example.com:8443/rest"
    with told(ground, openapi_server_proxy_uri=address, openapi_security_active="true") as api:
        document = api.ask("GET", "/").json
        assert [document[key] for key in ("host", "basePath", "schemes")] == [
            "api.example.com:8443",
            "/rest",
            ["https"],
        ]
        assert document["security"] == [{"JWT": []}]


def test_the_document_is_not_shown(ground: Database) -> None:
    with told(ground, openapi_mode="disabled", db_root_spec="root") as api:
        for method in ("GET", "POST"):
            refused = api.ask(method, "/")
            assert (refused.status, refused.json["code"]) == (404, "PGRST126")


def test_a_header_goes_back(ground: Database) -> None:
    with told(ground, server_trace_header="X-Request-Id") as api:
        for path in ("/projects", "/none"):
            assert api.ask("GET", path, headers={"X-Request-Id": "123"}).headers["x-request-id"] == "123"
            assert "x-request-id" not in api.ask("GET", path).headers


def test_origins(ground: Database) -> None:
    with told(ground, server_cors_allowed_origins="http://example.com, http://example2.com") as api:
        allowed = api.ask("GET", "/projects", headers={"Origin": "http://example2.com"}).headers
        assert allowed["access-control-allow-origin"] == "http://example2.com"
        others = api.ask("GET", "/projects", headers={"Origin": "http://evil.example"}).headers
        assert "access-control-allow-origin" not in others


def test_origins_of_sockets(ground: Database) -> None:
    say(ground, server_cors_allowed_origins="http://example.com")
    asked = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Version": "13",
    }
    with served(ground, realtime=RealtimeSettings()) as api:

        def opened(origin: str) -> int:
            path = f"/websocket?apikey={token('anon', exp=int(time.time()) + 600)}&vsn=1.0.0"
            return api.ask("GET", path, headers={**asked, "Origin": origin}, mount="/realtime/v1").status

        assert opened("http://example.com") == 101
        assert opened("http://evil.example") in range(400, 500)


def test_whom_a_token_stands_for(ground: Database) -> None:
    claims = {"postgrest": {"roles": ["other", "authenticated"]}}
    with told(ground, jwt_role_claim_key="$.postgrest.roles[1]", jwt_aud="here") as api:
        assert api.ask("GET", "/rpc/me", token=token("anon", **claims)).json == "authenticated"
        assert api.ask("GET", "/rpc/me", token=token("authenticated")).json == "anon"
        elsewhere = api.ask("GET", "/rpc/me", token=token(aud="there", **claims))
        assert (elsewhere.status, elsewhere.json["code"]) == (401, "PGRST303")


def test_who_asks_without_a_token(ground: Database) -> None:
    with told(ground, db_anon_role="authenticated") as api:
        assert api.ask("GET", "/rpc/me").json == "authenticated"
        say(ground, db_anon_role="")
        refused = until(lambda: api.ask("GET", "/rpc/me"), lambda reply: reply.status == 401)
        assert refused.json["code"] == "PGRST302"


QUERY = "/projects?id=eq.1&select=id,the_client:clients(name)&clients.name=like.Micro*"


def test_an_embed_with_an_alias_is_still_known_by_its_table(ground: Database) -> None:
    with served(ground) as api:
        reply = api.ask("GET", QUERY)
        assert reply.json == [{"id": 1, "the_client": {"name": "Microsoft"}}]
        assert reply.headers["warning"] == (
            '299 PostgRESTv16.1 "Embedded resource was referenced by relation name even though it has an alias. This is '
            "deprecated and will stop working in a future release. Update `clients` to `the_client` in query string "
            'filters, orders or limits."'
        )
        by_alias = api.ask("GET", QUERY.replace("&clients.", "&the_client."))
        assert (by_alias.json, "warning" in by_alias.headers) == (reply.json, False)


def test_or_by_its_alias_alone(ground: Database) -> None:
    with told(ground, url_use_legacy_target_names="false") as api:
        refused = api.ask("GET", QUERY)
        assert (refused.status, refused.json) == (
            400,
            {
                "code": "PGRST108",
                "details": "Target names are not allowed in filters if they have an alias",
                "hint": "Change 'clients' to 'the_client' in filters, orders or limits.",
                "message": "'clients' is not an embedded resource in this request",
            },
        )
        both = "/projects?id=eq.1&select=a:clients(name),clients(id)&clients.id=eq.1"
        assert api.ask("GET", both).json == [{"a": {"name": "Microsoft"}, "clients": {"id": 1}}]


def test_a_function_configures(ground: Database) -> None:
    with told(ground, db_pre_config="public.configure", server_timing_enabled="false") as api:
        reply = api.ask("GET", "/things", headers={"Accept-Profile": "tenant_b"})
        assert (reply.status, "server-timing" in reply.headers) == (200, False)
        assert api.ask("GET", "/things").json.keys() == {"code", "message"}
        with ground.connect(autocommit=True) as connection:
            connection.execute("CREATE SCHEMA tenant_c; CREATE TABLE tenant_c.things (id int)")
            connection.execute("GRANT USAGE ON SCHEMA tenant_c TO anon; GRANT SELECT ON tenant_c.things TO anon")
            connection.execute("NOTIFY pgrst, 'reload config'")
        ask = lambda: api.ask("GET", "/things", headers={"Accept-Profile": "tenant_c"})  # noqa: E731
        assert until(ask, lambda reply: reply.status == 200).status == 200


def test_without_the_function_that_configures_nothing_is_served(ground: Database) -> None:
    with (
        pytest.raises(psycopg.errors.UndefinedFunction),
        told(ground, db_pre_config="public.not_there"),
    ):
        pass


def test_which_settings_of_a_function_are_hoisted(ground: Database) -> None:
    assert hoisted(ground, "statement_timeout") == ()
    assert hoisted(ground, "statement_timeout, work_mem") == (("work_mem", "5MB"),)


def hoisted(database: Database, names: str) -> tuple[tuple[str, str], ...]:
    say(database, db_hoisted_tx_settings=names)
    with database.connect("authenticator", autocommit=True) as connection:
        options = configuration.applied(Options(), configuration.told(connection))
        cache = read(connection, ["public"], options.extra_search_path, options.hoisted)
    return cache.routines[Name("public", "patient")][0].settings
