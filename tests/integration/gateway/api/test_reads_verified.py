"""The probe api-reads against an API that is right, and against some that are set wrongly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import jwt
import pytest
from rest_api import SECRET, served

from haulback.gateway.rest.planned import Options
from haulback.model.check import Outcome, ProbeResult
from haulback.verify import verification
from haulback.verify.api.access import Access, Laid, Touched
from haulback.verify.api.access import Api as Asked

if TYPE_CHECKING:
    from conftest import Database

SCHEMA = """
CREATE TABLE public.notes (id int PRIMARY KEY, author text, body text);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY published ON public.notes FOR SELECT TO anon, authenticated USING (author = 'everybody');
INSERT INTO public.notes VALUES (1, 'everybody', 'hello'), (2, 'ada', 'secret');
CREATE VIEW public.all_notes WITH (security_invoker) AS SELECT id, body, now() AS at FROM public.notes;
CREATE MATERIALIZED VIEW public.kept_notes AS SELECT id FROM public.notes;
CREATE VIEW public.dice AS SELECT gen_random_uuid() AS id;
CREATE VIEW public.hidden AS SELECT 1 AS one;
REVOKE ALL ON public.hidden FROM anon, authenticated;
CREATE TABLE public.calls (name text);
GRANT ALL ON public.calls TO PUBLIC;
CREATE FUNCTION public.many() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM public.notes';
CREATE FUNCTION public.bodies(at_most int DEFAULT 10) RETURNS SETOF text LANGUAGE sql STABLE
    AS 'SELECT body FROM public.notes LIMIT at_most';
CREATE FUNCTION public.fails() RETURNS int LANGUAGE plpgsql STABLE AS $$ BEGIN RAISE 'not now'; END $$;
CREATE FUNCTION public.acts() RETURNS int LANGUAGE sql VOLATILE AS $$ INSERT INTO calls VALUES ('acts') RETURNING 1 $$;
CREATE FUNCTION public.pretends() RETURNS int LANGUAGE sql STABLE AS 'SELECT public.acts()';
CREATE FUNCTION public.wants(x int) RETURNS int LANGUAGE sql STABLE AS 'SELECT x';
CREATE FUNCTION public.guard() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE 'maintenance'; END $$;
"""
VIEWS = ("all_notes", "kept_notes", "dice", "hidden")
CALLS = ("many", "bodies", "fails", "acts", "pretends", "wants")


class Noted:
    """A ledger that nobody reads."""

    def laying(self, laid: Laid) -> None:
        del laid

    def removed(self, laid: Laid) -> None:
        del laid


def sign(claims: Mapping[str, object]) -> str:
    return jwt.encode(dict(claims), SECRET, algorithm="HS256")


@pytest.fixture
def ground(any_database: Database) -> Database:
    with any_database.connect(autocommit=True) as connection:
        connection.execute(SCHEMA)
    return any_database


def probed(
    database: Database, options: Options, views: tuple[str, ...] = VIEWS, calls: tuple[str, ...] = ()
) -> ProbeResult:
    """What the probe says where these were touched."""
    views_touched = {("table", "public", name, "") for name in views}
    touched = Touched(frozenset(views_touched | {("function", "public", name, "") for name in calls}))
    with served(database, options) as api, database.connect(autocommit=True) as connection:
        access = Access(f"http://127.0.0.1:{api.port}", ("public",), sign)
        asked = Asked(access, touched, Noted())
        (result,) = verification.run(connection, before=None, api=asked, only={"api-reads"})
        users = connection.execute("select count(*) from auth.users where email like 'haulback-canary%'").fetchone()
        assert users == (0,)
    return result


def test_an_api_that_says_what_the_database_says(ground: Database) -> None:
    result = probed(ground, Options(), calls=CALLS)
    # Four views and three functions, six callers.
    assert (result.outcome, result.detail) == (
        Outcome.PASS,
        (
            "42 tries of 7 views and functions came out as they should; "
            "not called, as they want arguments or may do more than read: 3"
        ),
    )
    with ground.connect() as connection:
        assert connection.execute("SELECT count(*) FROM public.calls").fetchone() == (0,)


def test_an_api_that_takes_everybody_for_the_service(ground: Database) -> None:
    result = probed(ground, Options(anonymous="service_role"), calls=("many",))
    assert (result.outcome, result.breach) == (Outcome.FAIL, True)
    assert "anon reads public.all_notes: the API gives what the database does not" in result.detail
    assert "anon reads public.hidden: the API lets through what the database refuses" in result.detail
    assert "anon calls public.many(): the API gives what the database does not" in result.detail


def test_an_api_that_refuses_what_the_database_allows(ground: Database) -> None:
    result = probed(ground, Options(pre_request="public.guard"), views=("all_notes",))
    assert (result.outcome, result.breach) == (Outcome.FAIL, False)
    assert "anon reads public.all_notes: the database allows it and the API answers 400 P0001" in result.detail


def test_views_of_a_touched_table_are_read_whatever_lies_between(ground: Database) -> None:
    with ground.connect(autocommit=True) as connection:
        connection.execute("CREATE VIEW public.above WITH (security_invoker) AS SELECT id FROM public.all_notes")
    result = probed(ground, Options(), views=("notes",))
    assert result.detail == "18 tries of 3 views and functions came out as they should"


def test_nothing_to_try(ground: Database) -> None:
    result = probed(ground, Options(), views=("calls",), calls=("acts", "gone"))
    assert (result.outcome, result.detail) == (
        Outcome.PASS,
        (
            "no exposed view, nor a function that can be tried, is touched; "
            "not called, as they want arguments or may do more than read: 1"
        ),
    )
