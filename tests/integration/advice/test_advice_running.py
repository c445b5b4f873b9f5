"""Lints on a real server: what cannot be looked at is unknown, what cannot exist does not apply, nothing is written."""

from __future__ import annotations

import threading
import time

import psycopg
import pytest

from haulback.advice import running
from haulback.advice.lint import LintContext
from haulback.model.advice import AdviceLevel, Category, Looked
from haulback.pg.cluster import SUPERUSER

# Of these there is nothing on a platform that nobody has added to.
ABSENT = {"insecure_queue_exposed_in_api"}
OF_THE_PLATFORM = {
    "auth_users_exposed",
    "fkey_to_auth_unique",
    "insecure_queue_exposed_in_api",
    "pg_graphql_anon_table_exposed",
    "pg_graphql_authenticated_table_exposed",
    "public_bucket_allows_listing",
}


def ask_all(connection: psycopg.Connection, exposed: tuple[str, ...] = ("public",)):
    context = LintContext(connection, running.look_around(connection), exposed)
    return {one.name: one for one in running.run(context, running.lints().values())}


def named(answers, looked: Looked) -> set[str]:
    return {name for name, one in answers.items() if one.looked is looked}


def test_every_query_runs_on_every_major_and_the_platform_is_clean(any_database):
    with any_database.connect(autocommit=True) as connection:
        answers = ask_all(connection)
        again = ask_all(connection)

    assert {name: one.reason for name, one in answers.items() if one.looked is Looked.UNKNOWN} == {}
    assert named(answers, Looked.NOT_APPLICABLE) == ABSENT
    assert [found.detail for one in answers.values() for found in one.found] == []
    assert answers == again


def test_what_cannot_exist_does_not_apply(any_major):
    with psycopg.connect(any_major.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
        connection.execute("create database advice_plain template template0 strategy file_copy")
        try:
            with psycopg.connect(any_major.conninfo("postgres", "advice_plain"), autocommit=True) as plain:
                answers = ask_all(plain)
        finally:
            connection.execute("drop database advice_plain with (force)")

    assert named(answers, Looked.UNKNOWN) == set()
    assert named(answers, Looked.NOT_APPLICABLE) == OF_THE_PLATFORM
    assert answers["auth_users_exposed"].reason == "there is no table auth.users"
    assert answers["pg_graphql_anon_table_exposed"].reason == "the extension pg_graphql is not installed"


def test_what_a_plain_role_may_not_see_is_unknown(example):
    example.execute(
        "reset role;"
        "create role advice_plain;"
        "set local role postgres;"
        "create table public.pages (id serial primary key, body text);"
        "alter table public.pages alter column body set storage plain;"
        "insert into public.pages (body) select repeat('x', 7900) from generate_series(1, 3000);"
        "analyze public.pages;"
        "reset role;"
        "set local role advice_plain"
    )

    answers = ask_all(example)

    assert named(answers, Looked.UNKNOWN) == {
        "public_bucket_allows_listing",
        "sequence_near_end",
        "table_bloat",
    }
    assert "permission denied" in answers["public_bucket_allows_listing"].reason
    assert answers["sequence_near_end"].reason == (
        "the numbers of sequence public.pages_id_seq are hidden from our role"
    )
    assert answers["table_bloat"].reason == "public.pages: its statistics are hidden from our role"
    assert named(answers, Looked.RAN) >= {"rls_disabled_in_public", "no_primary_key"}


def test_rows_that_row_level_security_hides_are_unknown(example, ask):
    example.execute(
        "reset role;"
        "create role advice_plain;"
        "grant usage on schema storage to advice_plain;"
        "grant select on storage.buckets to advice_plain;"
        "set local role advice_plain"
    )

    answer = ask(example, "public_bucket_allows_listing")

    assert answer.looked is Looked.UNKNOWN
    assert "row-level security" in answer.reason


def test_a_table_never_analyzed_is_unknown(example, ask):
    example.execute(
        "create table public.pages (body text) with (autovacuum_enabled = off);"
        "alter table public.pages alter column body set storage plain;"
        "insert into public.pages select repeat('x', 7900) from generate_series(1, 3000)"
    )

    answer = ask(example, "table_bloat")

    assert (answer.looked, answer.reason) == (Looked.UNKNOWN, "public.pages was never analyzed")


def test_a_lock_is_not_waited_for(database, ask):
    with database.connect(SUPERUSER) as holder, database.connect(autocommit=True) as connection:
        holder.execute("lock table storage.buckets")

        answer = ask(connection, "public_bucket_allows_listing")

        assert answer.looked is Looked.UNKNOWN
        assert "lock timeout" in answer.reason


def test_an_index_that_may_be_being_built_is_unknown(database, ask):
    with database.connect(autocommit=True) as connection, database.connect(autocommit=True) as builder:
        connection.execute("create table public.visits (id int)")
        with database.connect() as reader:
            # The building waits for whoever may still see the table without the index.
            reader.execute("lock table public.visits in row exclusive mode")
            thread = threading.Thread(target=_build, args=(builder,))
            thread.start()
            try:
                _until_invalid(connection)
                answer = ask(connection, "invalid_index")
            finally:
                reader.rollback()
                thread.join()

        assert (answer.looked, answer.found) == (Looked.UNKNOWN, ())
        assert "may be being built just now" in answer.reason
        assert ask(connection, "invalid_index").looked is Looked.RAN


def _until_invalid(connection: psycopg.Connection) -> None:
    deadline = time.monotonic() + 30
    while not connection.execute("select 1 from pg_index where not indisvalid").fetchone():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def _build(connection: psycopg.Connection) -> None:
    connection.execute("create index concurrently on public.visits (id)")


def test_a_used_index_is_not_told_of(database, ask):
    with database.connect(autocommit=True) as connection:
        connection.execute("create table public.visits (id int, path text)")
        connection.execute("create index visits_used on public.visits (id)")
        connection.execute("create index visits_unused on public.visits (path)")
        connection.execute("set enable_seqscan = off")
        connection.execute("select from public.visits where id = 1")
        connection.execute("select pg_stat_force_next_flush()")

        answer = ask(connection, "unused_index")

    assert [one.cache_key for one in answer.found] == ["unused_index_public_visits_visits_unused"]


def test_a_server_that_does_not_count_is_unknown(example, ask):
    example.execute("reset role; set local track_counts = off")
    assert ask(example, "unused_index").looked is Looked.UNKNOWN


def test_schemas_that_the_database_says_it_serves(example):
    example.execute("reset role; alter role authenticator set pgrst.db_schemas = 'api, public'")
    assert running.look_around(example).served == ("api", "public")


def test_a_lost_session_makes_everything_unknown(database):
    with database.connect(SUPERUSER, autocommit=True) as killer, database.connect(autocommit=True) as connection:
        context = LintContext(connection, running.look_around(connection))
        killer.execute("select pg_terminate_backend(%s)", [connection.info.backend_pid])
        answers = running.run(context, running.lints().values())

    assert {one.looked for one in answers} == {Looked.UNKNOWN}


class Writing:
    """A plug-in's lint that does what it must not."""

    id, title, level, categories, prefix = "writing", "Writing", AdviceLevel.INFO, (Category.SECURITY,), "writing_"

    def __init__(self, statement: str) -> None:
        self._statement = statement

    def run(self, context: LintContext):
        context.connection.execute("set transaction read write")
        context.connection.execute(self._statement)
        raise AssertionError("it could write")


@pytest.mark.parametrize("statement", ["create table public.x ()", "insert into storage.buckets values ('x', 'x')"])
def test_a_lint_cannot_write(database, statement):
    with database.connect(autocommit=True) as connection:
        context = LintContext(connection, running.look_around(connection))
        answer = running.run(context, [Writing(statement)])[0]
        settings = connection.execute(
            "select current_setting('transaction_read_only'), current_setting('statement_timeout')"
        ).fetchone()

    assert answer.looked is Looked.UNKNOWN
    assert "read-write mode" in answer.reason
    assert settings == ("off", "0")


def test_names_with_every_kind_of_character(example, ask):
    example.execute('create table public."a ""b"" {c} 100% _" ("x y" int)')

    (found,) = ask(example, "no_primary_key").found

    assert found.detail == 'table public."a ""b"" {c} 100% _" has no primary key'
    assert found.cache_key == 'no_primary_key_public_a "b" {c} 100% _'
