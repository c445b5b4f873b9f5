"""Building what was read, on an empty database of another cluster."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from catalog_servers import superuser

from haulback.model.schema import ObjectKey, Schema, compare
from haulback.pg import binaries
from haulback.pg.catalog.builder import AlreadyThere, BuildFailed, build
from haulback.pg.catalog.reader import read
from haulback.pg.cluster import Cluster
from haulback.pg.platform import extensions


def rebuild(shadow: psycopg.Connection, schema: Schema) -> None:
    build(shadow, schema, create_extension=lambda name, home: extensions.create(shadow, name, home))


def test_a_schema_built_anew_is_the_same(target: psycopg.Connection, shadow: psycopg.Connection) -> None:
    wanted = read(target)
    rebuild(shadow, wanted)
    built = read(shadow)
    assert compare(wanted, built).lines() == ()
    assert built.fingerprint == wanted.fingerprint


def test_building_again_changes_nothing(target: psycopg.Connection, shadow: psycopg.Connection) -> None:
    wanted = read(target)
    rebuild(shadow, wanted)
    rebuild(shadow, wanted)
    assert read(shadow).fingerprint == wanted.fingerprint


def test_a_shadow_that_drifted_is_set_right(target: psycopg.Connection, shadow: psycopg.Connection) -> None:
    wanted = read(target)
    rebuild(shadow, wanted)
    shadow.execute("DROP VIEW app.names CASCADE; ALTER ROLE shape_writer RESET ALL; CREATE TABLE app.strange ()")
    shadow.execute("ALTER TABLE app.people DISABLE ROW LEVEL SECURITY; REVOKE ALL ON app.people FROM anon")
    rebuild(shadow, wanted)
    assert read(shadow).fingerprint == wanted.fingerprint


def test_a_statement_that_fails_is_named_and_nothing_stays(
    target: psycopg.Connection, shadow: psycopg.Connection
) -> None:
    wanted = read(target)
    key = ObjectKey("view", "app.above")
    broken = replace(wanted.objects[key], definition=wanted.objects[key].definition.replace("FROM ", "FROM no_"))
    before = read(shadow)
    with pytest.raises(BuildFailed) as caught:
        rebuild(shadow, replace(wanted, objects={**wanted.objects, key: broken}))
    assert caught.value.object == "view app.above"
    assert "does not exist" in caught.value.problem
    assert caught.value.statement.startswith("CREATE VIEW app.above")
    assert read(shadow).fingerprint_without_order == before.fingerprint_without_order


def test_what_is_there_can_be_refused(target: psycopg.Connection, shadow: psycopg.Connection) -> None:
    with pytest.raises(AlreadyThere):
        build(shadow, read(target), skip_existing=False)


def test_extensions_are_left_to_the_caller(target: psycopg.Connection, shadow: psycopg.Connection) -> None:
    asked: list[tuple[str, str]] = []

    def create(name: str, schema: str) -> None:
        asked.append((name, schema))
        extensions.create(shadow, name, schema)

    build(shadow, read(target), create_extension=create)
    assert ("citext", "app") in asked


def test_a_newer_server_can_stand_in_for_an_older_one(database15: Any, tmp_path: Path) -> None:
    """All but the text of views and what they carry: each major prints them in its own way."""
    with database15.connect("supabase_admin", autocommit=True) as old:
        old.execute("CREATE TABLE t (id bigint PRIMARY KEY, n text NOT NULL CHECK (n IN ('a', 'b')))")
        old.execute("CREATE VIEW v AS SELECT id FROM t; GRANT ALL ON t TO anon")
        wanted = read(old)
    home = Cluster(tmp_path, "newer", binaries.embedded(), durable=False, platform=False, database="x", listen=False)
    try:
        with superuser(home.start(), "x") as new:
            rebuild(new, wanted)
            assert {key.kind for key in compare(wanted, read(new, as_major=15)).changed} <= {
                "view",
                "materialized_view",
            }
            assert not compare(wanted, read(new, as_major=15)).created
            assert compare(wanted, read(new)).changed
    finally:
        home.destroy()
