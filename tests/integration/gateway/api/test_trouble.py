"""What goes wrong around the gateway: a server that goes away, a schema that changes, refusals, maintenance."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from rest_api import Api, Reply, served, token

from haulback.gateway.http.limits import Limits
from haulback.gateway.rest.planned import Options
from haulback.pg.cluster import SUPERUSER

if TYPE_CHECKING:
    from conftest import Database

USER = "00000000-0000-4000-8000-000000000001"
SCHEMA = """
CREATE TABLE public.notes (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text);
CREATE TABLE public.secrets (id int);
REVOKE ALL ON public.secrets FROM PUBLIC, anon, authenticated;
CREATE TABLE public.security_audit_log (
    id bigint GENERATED ALWAYS AS IDENTITY, event_type text NOT NULL, user_id uuid, details jsonb);
REVOKE ALL ON public.security_audit_log FROM anon, authenticated;
"""


@pytest.fixture
def ground(database: Database) -> Database:
    with database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)
    return database


@pytest.fixture
def api(ground: Database) -> Iterator[Api]:
    with served(ground) as running:
        yield running


def until(look: Callable[[], Any], wanted: Any) -> None:
    """Looks again and again, for half a minute at most."""
    end = time.monotonic() + 30
    while (found := look()) != wanted:
        if time.monotonic() > end:
            assert found == wanted
        time.sleep(0.02)


def test_without_the_database_it_answers_503_and_recovers_by_itself(api: Api, ground: Database) -> None:
    assert api.ask("POST", "/notes", {"body": "before"}).status == 201
    with psycopg.connect(ground.server.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
        connection.execute(f"ALTER DATABASE {ground.name} ALLOW_CONNECTIONS false")
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (ground.name,))
        until(lambda: api.ask("GET", "/notes").status, 503)
        refused = api.ask("POST", "/notes", {"body": "lost"})
        assert (refused.status, refused.headers["retry-after"], refused.json["code"]) == (503, "1", "PGRST001")
        assert api.ask("GET", "/health").status == 503
        connection.execute(f"ALTER DATABASE {ground.name} ALLOW_CONNECTIONS true")
    until(lambda: api.ask("GET", "/health").status, 200)
    assert [row["body"] for row in api.ask("GET", "/notes").json] == ["before"]
    assert api.ask("POST", "/notes", {"body": "after"}).status == 201


def test_what_was_acknowledged_is_there_after_connections_were_cut(api: Api, ground: Database) -> None:
    acknowledged: list[str] = []
    with psycopg.connect(ground.server.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
        for number in range(60):
            body = f"note {number}"
            try:
                if api.ask("POST", "/notes", {"body": body}).status == 201:
                    acknowledged.append(body)
            except OSError:
                pytest.fail("the gateway dropped a client")
            if number % 15 == 7:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = %s AND application_name = 'haulback serve'",
                    (ground.name,),
                )
    until(lambda: api.ask("GET", "/health").status, 200)
    there = {row["body"] for row in api.ask("GET", "/notes").json}
    assert acknowledged
    assert set(acknowledged) <= there


def test_a_new_column_is_served_once_it_is_told(api: Api, ground: Database) -> None:
    api.ask("POST", "/notes", {"body": "one"})
    assert api.ask("GET", "/notes?select=more").status == 400
    with ground.connect(autocommit=True) as connection:
        connection.execute("ALTER TABLE public.notes ADD COLUMN more int DEFAULT 7; NOTIFY pgrst, 'reload schema'")
    until(lambda: api.ask("GET", "/notes?select=more").status, 200)
    assert api.ask("GET", "/notes?select=more").json == [{"more": 7}]
    with ground.connect(autocommit=True) as connection:
        connection.execute("ALTER TABLE public.notes ALTER COLUMN more TYPE text USING 'n' || more")
    assert api.ask("GET", "/notes?select=more").json == [{"more": "n7"}]


def test_a_refusal_is_noted_with_who_asked_for_what(api: Api, ground: Database) -> None:
    assert api.ask("GET", "/secrets", token=token(user=USER)).status == 403
    assert api.ask("GET", "/secrets").status == 401

    def noted() -> list[tuple[str, str | None, str, str]]:
        with ground.connect() as connection:
            return [
                (kind, str(user) if user else None, details["role"], details["path"])
                for kind, user, details in connection.execute(
                    "SELECT event_type, user_id, details FROM public.security_audit_log ORDER BY id"
                ).fetchall()
            ]

    wanted = [
        ("access_refused", USER, "authenticated", "/rest/v1/secrets"),
        ("access_refused", None, "anon", "/rest/v1/secrets"),
    ]
    until(noted, wanted)


def test_a_flood_of_refusals_does_not_fill_the_log(api: Api, ground: Database) -> None:
    connection = api.connection()
    for _ in range(200):
        api.ask("GET", "/secrets", connection=connection)
    connection.close()

    def counted() -> bool:
        with ground.connect() as looking:
            (count,) = looking.execute("SELECT count(*) FROM public.security_audit_log").fetchall()[0]
            return 20 <= count < 200

    until(counted, wanted=True)


def test_the_pre_request_function_of_the_login_is_heeded_and_may_refuse(ground: Database) -> None:
    with ground.connect(SUPERUSER, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION public.gate() RETURNS void LANGUAGE plpgsql AS $$ BEGIN"
            " IF current_setting('request.method') = 'POST' THEN"
            " RAISE SQLSTATE 'PGRST' USING"
            ' MESSAGE = \'{"code": "maintenance", "message": "no changes at the moment"}\','
            ' DETAIL = \'{"status": 503, "headers": {"Retry-After": "60"}}\'; END IF; END $$'
        )
        connection.execute(
            f"ALTER ROLE authenticator IN DATABASE {ground.name} SET pgrst.db_pre_request = 'public.gate'"
        )
        try:
            with served(ground) as api:
                assert api.ask("GET", "/notes").status == 200
                refused = api.ask("POST", "/notes", {"body": "x"})
                assert (refused.status, refused.headers["retry-after"]) == (503, "60")
                connection.execute(f"ALTER ROLE authenticator IN DATABASE {ground.name} RESET pgrst.db_pre_request")
                connection.execute("NOTIFY pgrst, 'reload config'")
                until(lambda: api.ask("POST", "/notes", {"body": "x"}).status, 201)
        finally:
            connection.execute(f"ALTER ROLE authenticator IN DATABASE {ground.name} RESET ALL")


def test_who_waits_too_long_for_a_connection_is_told(ground: Database) -> None:
    with ground.connect(autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION public.slow() RETURNS int LANGUAGE plpgsql AS"
            " $$ BEGIN PERFORM pg_sleep(1.5); RETURN 1; END $$"
        )
    with served(ground, pool=1, patience=0.3) as api:
        first = api.connection()
        first.request("POST", "/rest/v1/rpc/slow", body="{}", headers={"Content-Type": "application/json"})
        time.sleep(0.2)
        late = api.ask("POST", "/rpc/slow", {})
        assert (late.status, late.json["code"]) == (504, "PGRST003")
        assert first.getresponse().status == 200
        first.close()


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/a/b/c", None, 404, "PGRST125"),
        ("DELETE", "/rpc/x", None, 405, "PGRST101"),
        ("TRACE", "/notes", None, 405, "PGRST117"),
        ("GET", "/nothing", None, 404, "PGRST205"),
        ("GET", "/notes?id=eq.%00", None, 400, "22021"),
        ("GET", "/notes?id=eq.%ff%fe", None, 400, "22P02"),
        ("GET", "/notes?" + "&".join("id=eq.1" for _ in range(1500)), None, 200, None),
        ("GET", "/notes?and=" + "(and" * 500 + "(id.eq.1)" + ")" * 500, None, 400, "PGRST100"),
        ("GET", "/notes?select=" + "a(" * 500 + ")" * 500, None, 400, "PGRST100"),
        ("POST", "/notes", b"{", 400, "PGRST102"),
        ("POST", "/notes", b'{"body": "\\u0000"}', 400, "22P05"),
        ("POST", "/notes", b'{"body": "\xff"}', 400, None),
        ("POST", "/notes", b"[" * 100_000, 400, "PGRST102"),
        ("POST", "/notes", b"x" * 3_000_000, 413, None),
        ("GET", "/notes?order=" + "x" * 70_000, None, 414, None),
    ],
)
def test_bad_input_is_answered_in_the_contract(
    ground: Database, method: str, path: str, body: bytes | None, status: int, code: str | None
) -> None:
    with served(ground, limits=Limits(body=2_000_000)) as api:
        headers = {"Content-Type": "application/json"} if body else {}
        reply: Reply = api.ask(method, path, body, headers=headers)
        assert reply.status == status
        if code is not None:
            assert reply.json["code"] == code
        assert api.ask("GET", "/notes").status == 200
        assert api.said == []


def test_a_plan_is_given_where_it_may_be(ground: Database) -> None:
    with served(ground, Options(plan=True)) as api:
        plan = api.ask("GET", "/notes", headers={"Accept": "application/vnd.pgrst.plan+json"})
        assert (plan.status, "Plan" in json.loads(plan.body)[0]) == (200, True)
