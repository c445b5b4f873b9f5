from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import psycopg
import pytest

from haulback.journal import history
from haulback.journal.journal import Journal, application_name, with_hashes, write
from haulback.migrations.parse import script
from haulback.model.deployment import Event, State
from haulback.model.migration import Applied, Migration


@pytest.fixture
def connection(any_database):
    with any_database.connect(autocommit=True) as made:
        yield made


@pytest.fixture
def journal(connection):
    made = Journal(connection)
    made.install()
    return made


def begun(journal: Journal, plan_hash: str = "a" * 64):
    return journal.begin(plan_hash, {"migrations": []}, "prod", "production")


def test_installing_twice_changes_nothing(connection):
    journal = Journal(connection)
    assert not journal.installed

    journal.install()
    first = begun(journal)
    journal.install(["nobody_of_that_name"])

    assert journal.installed
    assert journal.load() == first


def test_a_deployment_is_told_back_as_it_was_written(journal):
    first, second = begun(journal), begun(journal)

    assert (first.number, second.number) == (1, 2)
    assert (first.state, first.login, first.target, first.environment) == (
        State.RUNNING, "postgres", "prod", "production",
    )  # fmt: skip
    assert [one.number for one in journal.newest(5)] == [2, 1]
    assert journal.load(1) == first
    assert journal.load(9) is None


def test_an_entry_commits_or_goes_with_its_step(journal, any_database):
    deployment = begun(journal)
    with any_database.connect() as work:
        write(work, deployment.id, "unit", Event.DONE, "1#1", {"n": 1})
        assert not journal.again(deployment).is_done("unit", "1#1")
        work.rollback()
        assert not journal.again(deployment).is_done("unit", "1#1")
        write(work, deployment.id, "unit", Event.DONE, "1#1", {"n": 2})
        work.commit()

    assert journal.again(deployment).detail("unit", "1#1") == {"n": 2}


@pytest.mark.parametrize("table", ["entry", "deployment", "approval"])
@pytest.mark.parametrize("change", ["update {} set {}", "delete from {}", "truncate {} cascade"])
def test_not_even_the_owner_rewrites_the_journal(journal, connection, table, change):
    begun(journal)
    journal.approve("a" * 64, "dba")
    column = {"entry": "step = 'x'", "deployment": "host = 'x'", "approval": "role = 'x'"}[table]
    before = connection.execute(f"select count(*) from haulback.{table}").fetchone()

    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="is append-only"):
        connection.execute(change.format(f"haulback.{table}", column))

    assert connection.execute(f"select count(*) from haulback.{table}").fetchone() == before


def test_the_api_roles_neither_read_nor_write_the_journal(journal, connection):
    for role in ("anon", "authenticated", "service_role"):
        connection.execute(f"set role {role}")
        for statement in (
            "select from haulback.entry",
            "insert into haulback.approval (plan_hash, role) values ('', '')",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
        connection.execute("reset role")


def test_images_are_kept_whole_and_the_newest_wins(journal):
    deployment = begun(journal)
    image = {"tables": ["é" * 50_000, {"deep": [1, None, True]}]}

    journal.keep_image(deployment.id, "before", "f1", {})
    journal.keep_image(deployment.id, "before", "f2", image)

    assert journal.image(deployment.id, "before") == ("f2", image)
    assert journal.image(deployment.id, "after") is None
    assert journal.image(uuid4(), "before") is None


def test_file_hashes_are_of_what_stands(journal):
    deployment = begun(journal)
    for version in ("1", "2"):
        journal.write(deployment.id, "migration", Event.DONE, version, {"sha256": f"hash {version}"})
    assert journal.file_hashes() == {"1": "hash 1", "2": "hash 2"}

    journal.write(deployment.id, "migration", Event.UNDONE, "2")
    assert journal.file_hashes() == {"1": "hash 1"}

    journal.write(begun(journal).id, "migration", Event.DONE, "2", {"sha256": "edited"})
    assert journal.file_hashes() == {"1": "hash 1", "2": "edited"}
    assert with_hashes([("1", "a"), ("3", "c")], journal.file_hashes()) == (
        Applied("1", "a", "hash 1"), Applied("3", "c", None),
    )  # fmt: skip


def test_deployed_hashes_are_of_what_stands(journal):
    first, second = begun(journal, "1" * 64), begun(journal, "2" * 64)
    assert journal.deployed_hashes() == frozenset()

    for one in (first, second):
        journal.write(one.id, "deployment", Event.STATE, detail={"state": State.DEPLOYED})
    journal.write(second.id, "deployment", Event.STATE, detail={"state": State.ROLLED_BACK})

    assert journal.deployed_hashes() == {"1" * 64}


def test_the_name_of_a_session_fits_the_server():
    assert len(application_name(uuid4())) < 64


def migration(version: str, name: str, text: str) -> Migration:
    return Migration(version, name, script(Path(f"{version}_{name}.sql"), text))


def test_history_is_shared_with_supabase_in_its_own_shape(connection):
    assert history.schema_of(connection) == "supabase_migrations"
    connection.execute("drop schema if exists supabase_migrations cascade")
    assert history.read(connection) == ()

    history.prepare(connection)
    history.prepare(connection)
    made = migration("20240101000000", "users", "-- why\ncreate table a (i int);\n\ninsert into a values (1);\n")
    history.record(connection, "supabase_migrations", made)

    assert connection.execute("select * from supabase_migrations.schema_migrations").fetchall() == [
        ("20240101000000", ["create table a (i int)", "insert into a values (1)"], "users")
    ]
    assert history.read(connection) == (("20240101000000", "users"),)
    history.forget(connection, "supabase_migrations", "20240101000000")
    assert history.read(connection) == ()


def test_a_history_made_without_names_is_read_and_completed(connection):
    connection.execute("drop schema if exists supabase_migrations cascade")
    connection.execute("create schema supabase_migrations")
    connection.execute("create table supabase_migrations.schema_migrations (version text primary key)")
    connection.execute("insert into supabase_migrations.schema_migrations values ('1')")

    assert history.read(connection) == (("1", ""),)
    history.prepare(connection)
    history.record(connection, "supabase_migrations", migration("2", "b", "select 1"))

    assert history.read(connection) == (("1", ""), ("2", "b"))


def test_a_history_that_is_there_needs_no_right_to_make_one(connection, any_database):
    history.prepare(connection)
    connection.execute("drop owned by service_role")
    connection.execute("grant usage on schema supabase_migrations to service_role")
    connection.execute("set role service_role")

    history.prepare(connection)
