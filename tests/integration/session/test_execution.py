from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from haulback.errors import Exit
from haulback.migrations.parse import script
from haulback.pg.execution import StatementFailed, run


@pytest.fixture
def connection(any_database):
    with any_database.connect(autocommit=True) as made:
        yield made


def fails(connection, text: str) -> StatementFailed:
    with pytest.raises(StatementFailed) as failure:
        run(connection, Path("1_it.sql"), script(Path("1_it.sql"), text).statements)
    assert failure.value.exit_code == Exit.ROLLED_BACK
    assert failure.value.hint
    return failure.value


@pytest.mark.parametrize(
    ("text", "line", "column", "sqlstate"),
    [
        ("select nothing_there", 1, 8, "42703"),
        ("select 1;  select 'é', nothing_there", 1, 24, "42703"),
        ("select 1;\n-- why\n  select 'ü',\n   'ö', nothing_there\n", 4, 9, "42703"),
        ("select 1;\n\n  insert into not_there values (1);", 3, 15, "42P01"),
        ("select 1;\n  select 1 / 0;", 2, 3, "22012"),
    ],
)
def test_a_failure_has_the_place_in_the_file(connection, text, line, column, sqlstate):
    failure = fails(connection, text)

    assert (failure.line, failure.column, failure.sqlstate) == (line, column, sqlstate)


def test_the_detail_and_the_hint_of_the_server_are_kept(connection):
    failure = fails(
        connection,
        "do $$ begin raise exception 'no' using detail = 'why', hint = 'Do it so.', errcode = 'P0099'; end $$",
    )

    assert failure.message == "1_it.sql:1:1: no: why (P0099)"
    assert failure.hint == "Do it so."


def test_a_secret_in_the_servers_words_is_masked(connection):
    assert "hidden" not in fails(connection, "do $$ begin raise exception 'password=hidden'; end $$").message


def test_percent_signs_and_odd_bytes_go_out_as_they_stand(connection):
    text = "create table public.p (t text default '100 % %s %(x)s €'); insert into public.p default values"
    run(connection, Path("1"), script(Path("1"), text).statements)

    assert connection.execute("select t from public.p").fetchone() == ("100 % %s %(x)s €",)


def test_locks_and_a_lost_connection_pass_through(connection, any_database):
    connection.execute("create table public.t (i int)")
    text = "do $$ begin lock public.t in share mode nowait; end $$"
    with any_database.connect() as other:
        other.execute("lock public.t")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            run(connection, Path("1"), script(Path("1"), text).statements)
    with pytest.raises(psycopg.OperationalError):
        run(connection, Path("1"), script(Path("1"), "select pg_terminate_backend(pg_backend_pid())").statements)
