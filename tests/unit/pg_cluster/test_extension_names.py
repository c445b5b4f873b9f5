from __future__ import annotations

import pytest

from haulback.pg.platform.extension_names import ExtensionRequest, requests_in


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("create extension hstore", {"hstore"}),
        ('CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA "extensions";', {"uuid-ossp"}),
        ("DO $$ BEGIN CREATE EXTENSION pg_cron; EXCEPTION WHEN OTHERS THEN NULL; END $$", {"pg_cron"}),
        ("DO $$ BEGIN EXECUTE 'create extension Vector'; END $$", {"vector"}),
        ("-- create extension postgis\nselect 1", set()),
        ("/* create extension postgis */ select 1", set()),
        ("drop extension hstore; comment on extension pg_net is 'x'", set()),
        ("create  extension\n if not exists\n\tcitext;create extension ltree;", {"citext", "ltree"}),
    ],
)
def test_names_are_found_wherever_an_extension_would_be_created(sql: str, expected: set[str]) -> None:
    assert {request.name for request in requests_in(sql)} == expected


@pytest.mark.parametrize(
    ("sql", "schema"),
    [
        ("create extension x", None),
        ("create extension x schema gis", "gis"),
        ('create extension if not exists x with schema "My Gis" cascade', "My Gis"),
        ("create extension x with version '1.2'", None),
    ],
)
def test_the_schema_is_found(sql: str, schema: str | None) -> None:
    assert requests_in(sql) == (ExtensionRequest("x", schema),)
