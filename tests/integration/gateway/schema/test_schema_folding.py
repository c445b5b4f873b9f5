"""Whether plans may hold what only one who asks should get: asked of each request, it costs a plan of its own."""

from __future__ import annotations

import psycopg
import pytest

from haulback.gateway.schema.folding import folding
from haulback.gateway.schema.reading import read
from haulback.modules.engagement_events.module import load


@pytest.fixture
def owner(any_database):
    with any_database.connect(autocommit=True) as connection:
        yield connection


def test_the_platform_and_the_module_have_no_such_function(owner: psycopg.Connection) -> None:
    for migration in load().migrations:
        owner.execute(migration.text)
    assert not folding(owner)
    assert not read(owner, ["public"]).folding


@pytest.mark.parametrize(
    ("function", "found"),
    [
        ("slug(title text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT lower(replace(title, ' ', '-')) $$", False),
        ("me() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('request.jwt.claims') $$", False),
        ("me() RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT current_setting('request.jwt.claims') $$", True),
        ("me() RETURNS uuid LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN auth.uid(); END $$", True),
    ],
)
def test_what_counts(owner: psycopg.Connection, function: str, found: bool) -> None:  # noqa: FBT001
    owner.execute(f"CREATE FUNCTION public.{function}")
    assert read(owner, ["public"]).folding is found


def test_where_it_cannot_be_told_in_time_there_may_be_one(owner: psycopg.Connection) -> None:
    owner.execute("""
        DO $$ BEGIN FOR n IN 1..200 LOOP
            EXECUTE format('CREATE FUNCTION public.f%s() RETURNS text LANGUAGE sql IMMUTABLE AS %L', n,
                'SELECT ' || quote_literal(repeat('word ', 500)));
        END LOOP; END $$
    """)
    assert not folding(owner)
    owner.execute("SET statement_timeout = '1ms'")
    assert folding(owner)
