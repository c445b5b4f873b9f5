"""api-reads raises no alarm over what users write meanwhile, nor over what differs by session, clock or chance."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import jwt
import pytest
from psycopg import sql
from rest_api import SECRET, served
from test_reads_verified import Noted, probed, sign

from haulback.gateway.rest.planned import Options
from haulback.model.check import Outcome, ProbeResult
from haulback.verify import verification
from haulback.verify.api.access import Access, Touched
from haulback.verify.api.access import Api as Asked

if TYPE_CHECKING:
    from conftest import Database

SCHEMA = """
CREATE TABLE public.jobs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text);
CREATE VIEW public.queue AS SELECT id, note FROM public.jobs;
CREATE VIEW public.waiting AS SELECT count(*) AS number, bool_or(id % 2 = 0) AS even FROM public.jobs;
CREATE VIEW public.last_job WITH (security_invoker) AS SELECT id FROM public.jobs ORDER BY id DESC LIMIT 1;
GRANT ALL ON public.jobs TO anon, authenticated, service_role;
"""
OF_SESSIONS = """
CREATE VIEW public.who AS SELECT pg_backend_pid() AS pid, session_user::text AS who;
CREATE VIEW public.asked AS SELECT current_setting('request.method', true) AS method;
CREATE VIEW public.named AS SELECT current_setting('application_name') AS name;
CREATE FUNCTION public.pid() RETURNS int LANGUAGE sql STABLE AS 'SELECT pg_catalog.pg_backend_pid()';
CREATE FUNCTION public.kept() RETURNS bool LANGUAGE plpgsql STABLE AS $$
    BEGIN
        IF session_user <> 'authenticator' THEN RAISE insufficient_privilege; END IF;
        RETURN true;
    END
$$;
CREATE VIEW public.kept_too AS SELECT public.kept() AS kept;
CREATE FUNCTION public.method() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('request' || '.method') $$;
"""


@contextmanager
def writing(database: Database) -> Iterator[None]:
    """Somebody who adds and takes rows all the while."""
    ended = threading.Event()

    def write() -> None:
        with database.connect(autocommit=True) as connection:
            while not ended.is_set():
                connection.execute("INSERT INTO public.jobs (note) SELECT 'x' FROM generate_series(1, 3)")
                connection.execute("DELETE FROM public.jobs WHERE id % 3 <> 0 OR id < (SELECT max(id) - 5 FROM jobs)")
                connection.execute("DELETE FROM public.jobs")

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def run(database: Database, script: str) -> None:
    with database.connect(autocommit=True) as connection:
        connection.execute(script)


def test_writers(any_database: Database) -> None:
    run(any_database, SCHEMA)
    with writing(any_database):
        for _ in range(3):
            result = probed(any_database, Options(), views=("queue", "waiting", "last_job"))
            assert result.outcome is not Outcome.FAIL, result.detail


def test_what_differs_by_session_is_unknown(any_database: Database) -> None:
    run(any_database, OF_SESSIONS)
    views, calls = ("who", "asked", "named", "kept_too"), ("pid", "kept", "method")
    result = probed(any_database, Options(), views=views, calls=calls)
    assert result.outcome is Outcome.UNKNOWN, result.detail


def test_a_time_as_text_in_another_zone(any_database: Database) -> None:
    run(
        any_database,
        "CREATE VIEW public.times AS SELECT '2026-01-01 12:00Z'::timestamptz::text AS at, 1.5::float8::text AS x",
    )
    with any_database.connect(autocommit=True) as connection:
        zone = sql.SQL("ALTER ROLE authenticator IN DATABASE {} SET TimeZone = 'Asia/Tokyo'")
        connection.execute(zone.format(sql.Identifier(any_database.name)))
    assert probed(any_database, Options(), views=("times",)).outcome is Outcome.PASS


def test_rows_of_a_tenant_that_only_the_token_names(any_database: Database) -> None:
    script = """
        CREATE TABLE public.bills (id int PRIMARY KEY, tenant text);
        ALTER TABLE public.bills ENABLE ROW LEVEL SECURITY;
        CREATE POLICY own ON public.bills FOR SELECT TO authenticated
            USING (tenant = current_setting('request.jwt.claims', true)::json #>> '{app_metadata,tenant}');
        INSERT INTO public.bills VALUES (1, 'acme'), (2, 'other');
        CREATE VIEW public.own_bills WITH (security_invoker) AS SELECT id FROM public.bills;
        GRANT SELECT ON public.bills TO anon, authenticated, service_role;
    """
    run(any_database, script)
    user = "00000000-0000-4000-8000-000000000001"
    body = {"sub": user, "role": "authenticated", "app_metadata": {"tenant": "acme"}}
    mine = jwt.encode(body, SECRET, algorithm="HS256")
    touched = Touched(frozenset({("table", "public", "own_bills", "")}))
    with served(any_database) as api, any_database.connect(autocommit=True) as connection:
        access = Access(f"http://127.0.0.1:{api.port}", ("public",), user_token=mine)
        asked = Asked(access, touched, Noted())
        (result,) = verification.run(connection, before=None, api=asked, only={"api-reads"})
    assert result.outcome is Outcome.UNKNOWN  # there are no tokens of user B and of the service
    assert "own_bills" not in result.detail


ODD = """
CREATE VIEW public."a ""b"", (c)%s/ü" AS SELECT 1 AS "x y", 2 AS "é""\\", 3 AS "a->b", 4 AS "*", 5 AS "%(n)s", 6 AS "a,b.c:d::e";
CREATE TYPE public.mood AS ENUM ('sad');
CREATE VIEW public.types AS SELECT '{"a": 1}'::json AS j, ARRAY[1, NULL] AS a, int4range(1, 5) AS r, 'NaN'::numeric AS n,
    'infinity'::timestamptz AS i, '-infinity'::date AS d, '\\x00ff'::bytea AS b, 12.5::money AS m, '0044-03-15 BC'::date AS bc,
    'sad'::public.mood AS e, 9223372036854775807 AS big, repeat('ü', 300000) AS long, NULL::text AS nothing, true AS yes,
    '5874897-12-31'::date AS far, E'tab\\t\\u2028"\\\\' AS signs, 'a'::char(3) AS c, 1e300::float8 AS f;
CREATE VIEW public.raises AS SELECT 1 / (random() * 0)::int AS x;
CREATE VIEW public.nobody AS SELECT 1 AS x WHERE false;
CREATE VIEW public.no_columns AS SELECT;
CREATE MATERIALIZED VIEW public.unfilled AS SELECT 1 AS x WITH NO DATA;
CREATE SEQUENCE public.numbers;
CREATE VIEW public.counting AS SELECT nextval('public.numbers') AS n;
CREATE VIEW public.chances AS SELECT random() < 0.5 AS coin, (random() * 3)::int AS dice, clock_timestamp()::text AS at;
CREATE VIEW public.sampled AS SELECT g AS id FROM generate_series(1, 50) AS g WHERE random() < 0.5;
"""
ODD_CALLS = """
CREATE FUNCTION public.out_one(OUT x int) LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION public.out_two(OUT x int, OUT y text) LANGUAGE sql STABLE AS $$ SELECT 1, 'a' $$;
CREATE FUNCTION public.as_table() RETURNS TABLE (a int) LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION public.inout_one(INOUT x int DEFAULT 3) LANGUAGE sql STABLE AS 'SELECT x';
CREATE FUNCTION public.nothing() RETURNS void LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION public.none() RETURNS text LANGUAGE sql STABLE AS 'SELECT NULL';
CREATE FUNCTION public.any_record() RETURNS record LANGUAGE sql STABLE AS 'SELECT 1, 2';
CREATE FUNCTION public.records() RETURNS SETOF record LANGUAGE sql STABLE AS 'SELECT 1, 2';
CREATE FUNCTION public.unnamed(int DEFAULT 4) RETURNS int LANGUAGE sql STABLE AS 'SELECT $1';
CREATE FUNCTION public.many_more(VARIADIC x int[] DEFAULT '{}') RETURNS int LANGUAGE sql STABLE AS 'SELECT cardinality(x)';
CREATE FUNCTION public.twice() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
CREATE FUNCTION public.twice(x int DEFAULT 1) RETURNS int LANGUAGE sql STABLE AS 'SELECT x';
CREATE FUNCTION public."do ""it"" %s/ü"() RETURNS text LANGUAGE sql STABLE AS $$ SELECT '%s' $$;
CREATE FUNCTION public.whole() RETURNS json LANGUAGE sql STABLE AS $$ SELECT '[1]'::json $$;
CREATE FUNCTION public.everything() RETURNS SETOF int LANGUAGE sql STABLE AS 'SELECT generate_series(1, 5)';
CREATE DOMAIN public."text/html" AS text;
CREATE FUNCTION public.page() RETURNS public."text/html" LANGUAGE sql STABLE AS $$ SELECT '<p>' $$;
CREATE FUNCTION public.coin() RETURNS bool LANGUAGE sql STABLE AS 'SELECT random() < 0.5';
CREATE FUNCTION public.shy() RETURNS int LANGUAGE sql STABLE AS 'SELECT 1';
REVOKE EXECUTE ON FUNCTION public.shy() FROM PUBLIC, anon, authenticated, service_role;
"""


NAMES = {
    "views": "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('v', 'm')",
    "calls": "SELECT DISTINCT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace",
}


def probed_all(database: Database, script: str, kind: str) -> ProbeResult:
    """What the probe says of all views, or all functions, that a script makes."""
    run(database, script)
    with database.connect() as connection:
        names = tuple(name for (name,) in connection.execute(NAMES[kind]))
    return probed(database, Options(), **{"views": (), kind: names})


def test_odd_views(any_database: Database) -> None:
    result = probed_all(any_database, ODD, "views")
    assert result.outcome is Outcome.PASS, result.detail


def test_odd_functions(any_database: Database) -> None:
    result = probed_all(any_database, ODD_CALLS, "calls")
    assert result.outcome is Outcome.PASS, result.detail
    assert result.detail.endswith("not called, as they want arguments or may do more than read: 4")


LIARS = """
CREATE FUNCTION public."Acts"() RETURNS int LANGUAGE plpgsql VOLATILE AS $$ BEGIN PERFORM pg_sleep(0); RETURN 1; END $$;
CREATE FUNCTION public.locks() RETURNS text LANGUAGE sql STABLE AS 'SELECT pg_advisory_lock(42)::text';
CREATE FUNCTION public.naps() RETURNS text LANGUAGE sql STABLE AS 'SELECT pg_sleep(0.1)::text';
CREATE FUNCTION public.sets() RETURNS text LANGUAGE sql STABLE AS $$ SELECT set_config('work_mem', '64kB', false) $$;
CREATE FUNCTION public.sends() RETURNS text LANGUAGE sql STABLE AS $$ SELECT pg_notify('x', 'y')::text $$;
CREATE FUNCTION public.through() RETURNS text LANGUAGE sql STABLE AS 'SELECT public.locks()';
CREATE FUNCTION public.quoted() RETURNS int LANGUAGE sql STABLE AS 'SELECT public."Acts"()';
CREATE FUNCTION public.hidden() RETURNS text LANGUAGE sql STABLE AS $$ SELECT '--' || public."Acts"() $$;
CREATE FUNCTION public.honest() RETURNS int LANGUAGE sql STABLE AS $$ SELECT 1 -- not pg_notify( of anybody
$$;
"""


def test_functions_that_lie_are_not_called(any_database: Database) -> None:
    result = probed_all(any_database, LIARS, "calls")
    assert result.detail == (
        "6 tries of 1 views and functions came out as they should; "
        "not called, as they want arguments or may do more than read: 8"
    )


class Front(http.server.BaseHTTPRequestHandler):
    """What stands before an API, and answers in its place."""

    status, text = 200, b""

    def do_GET(self) -> None:
        self.send_response(self.status)
        self.send_header("Content-Length", str(len(self.text)))
        self.end_headers()
        self.wfile.write(self.text)

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.mark.parametrize(
    ("status", "text"),
    [
        (429, b'{"code": "PT429", "message": "slow down"}'),
        (504, b'{"code": "PGRST003", "message": "timed out acquiring connection"}'),
        (500, b'{"code": "57014", "message": "canceling statement due to statement timeout"}'),
        (403, b"<html>who are you?</html>"),
        (307, b""),
        (200, b"<html>back soon</html>"),
        (200, b'{"an": {"object": []}}'),
    ],
)
def test_what_stands_before_the_api_is_not_the_api(any_database: Database, status: int, text: bytes) -> None:
    run(any_database, "CREATE VIEW public.one AS SELECT 1 AS x")
    handler = type("Answering", (Front,), {"status": status, "text": text})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever).start()
        access = Access(f"http://127.0.0.1:{server.server_port}", ("public",), sign)
        asked = Asked(access, Touched(frozenset({("table", "public", "one", "")})), Noted())
        with any_database.connect(autocommit=True) as connection:
            (result,) = verification.run(connection, before=None, api=asked, only={"api-reads"})
        server.shutdown()
    assert result.outcome is Outcome.UNKNOWN, result.detail


def test_a_view_that_takes_long_is_unknown_and_the_next_is_read(any_database: Database) -> None:
    run(
        any_database,
        "CREATE VIEW public.a_long AS SELECT pg_sleep(60)::text AS x; CREATE VIEW public.b AS SELECT 1 AS x",
    )
    result = probed(any_database, Options(), views=("a_long", "b"))
    assert result.outcome is Outcome.UNKNOWN
    assert "a_long" in result.detail
    assert "public.b" not in result.detail
