"""Reading the broad schema."""

from __future__ import annotations

import psycopg

from haulback.model.schema import ObjectKey, compare
from haulback.pg.catalog.kind import kinds
from haulback.pg.catalog.reader import read
from haulback.pg.cluster import Running


def test_every_kind_is_met(target: psycopg.Connection) -> None:
    met = {key.kind for key in read(target).objects}
    assert set(kinds()) - met <= {"foreign_data_wrapper"}


def test_a_role_without_privileges_reads_the_same(
    target: psycopg.Connection, broad_server: Running, broad: str
) -> None:
    with psycopg.connect(broad_server.conninfo("postgres", broad), autocommit=True) as plain:
        assert read(plain).fingerprint == read(target).fingerprint


def test_reading_leaves_the_session_as_it_was(broad_server: Running, broad: str) -> None:
    with psycopg.connect(broad_server.conninfo("postgres", broad)) as connection:
        connection.execute("SET search_path = app")
        connection.execute("CREATE TEMP TABLE mine (a integer)")
        read(connection)
        assert connection.execute("SHOW search_path").fetchone() == ("app",)
        assert connection.execute("SELECT count(*) FROM mine").fetchone() == (0,)
        connection.rollback()


def test_own_schemas_and_extension_members_are_left_out(target: psycopg.Connection) -> None:
    before = read(target)
    target.execute("CREATE SCHEMA haulback_attic; CREATE TABLE haulback_attic.kept AS SELECT 1 AS a")
    assert read(target).fingerprint == before.fingerprint
    assert not any("citext_eq" in key.identity for key in before.objects)


def test_column_order_is_apart(target: psycopg.Connection) -> None:
    before = read(target)
    target.execute("ALTER TABLE app.refers DROP COLUMN event_id, ADD COLUMN event_id bigint")
    target.execute("ALTER TABLE app.refers ADD FOREIGN KEY (event_id, event_at) REFERENCES app.events")
    after = read(target)
    assert after.fingerprint != before.fingerprint
    assert after.fingerprint_without_order == before.fingerprint_without_order
    assert compare(before, after).only_column_order


def test_what_is_not_modelled_is_told(target: psycopg.Connection) -> None:
    assert read(target).unsupported == ()
    target.execute('CREATE COLLATION app.own FROM "C"')
    target.execute("CREATE CONVERSION app.turn FOR 'UTF8' TO 'LATIN1' FROM utf8_to_iso8859_1")
    assert read(target).unsupported == (("conversion", "turn"),)


def test_a_change_reads_well(target: psycopg.Connection) -> None:
    before = read(target)
    target.execute("ALTER TABLE app.pets ALTER COLUMN note TYPE varchar(9); DROP POLICY own ON app.people")
    assert compare(before, read(target)).lines() == (
        "- policy app.people.own",
        "~ column app.pets.note: type text -> character varying(9)",
    )


def test_dependencies_lead_to_what_is_needed(target: psycopg.Connection) -> None:
    objects = read(target).objects
    view = objects[ObjectKey("view", "app.adults")].depends
    assert ObjectKey("constraint", "app.people.people_pkey") in view
    assert ObjectKey("column", "app.people.status") in view
    assert ObjectKey("function", "app.touch()") in objects[ObjectKey("trigger", "app.people.touch")].depends
    assert ObjectKey("extension", "citext") in objects[ObjectKey("column", "app.people.nick")].depends
    assert ObjectKey("sequence", "app.pets_id_seq") in objects[ObjectKey("default", "app.pets.id")].depends
    assert ObjectKey("column", "app.people.age") in objects[ObjectKey("function", "app.grown(app.people)")].depends
