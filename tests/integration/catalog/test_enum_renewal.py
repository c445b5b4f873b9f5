"""An enum loses a value, or regains one that is used at once: it is made anew, and all that is made of it stays."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from catalog_servers import superuser

from haulback.model.schema import compare
from haulback.pg.catalog.inverse import inverse
from haulback.pg.catalog.reader import read

SCHEMA = """
create schema "Odd.Schema";
create type "Odd.Schema"."a ""state" as enum ('open', 'closed');
comment on type "Odd.Schema"."a ""state" is 'states';
grant usage on type "Odd.Schema"."a ""state" to authenticated;
create function public.is_open(one "Odd.Schema"."a ""state") returns boolean language sql immutable
    as $$ select $1::text = 'open' $$;
create table public.kinds (state "Odd.Schema"."a ""state" primary key, name text);
create table public.doors (
  id bigint generated always as identity primary key,
  state "Odd.Schema"."a ""state" not null default 'open' references public.kinds,
  was "Odd.Schema"."a ""state"[] not null default '{open,closed}',
  opened boolean generated always as (state = 'open'::"Odd.Schema"."a ""state") stored,
  check (state <> 'closed' or id > 0)
);
create index doors_open on public.doors (id) where state = 'open';
create index doors_state on public.doors (state, id);
create view public.open_doors as select id, state from public.doors where state = 'open' and public.is_open(state);
alter table public.doors enable row level security;
create policy open_only on public.doors using (state = 'open');
create table public.rooms (id int, state "Odd.Schema"."a ""state") partition by list (id);
create table public.room_1 partition of public.rooms for values in (1);
insert into public.kinds values ('open', 'o'), ('closed', 'c');
insert into public.doors (state) values ('open'), ('closed');
"""
TYPE = '"Odd.Schema"."a ""state"'


@pytest.fixture
def connection(database: Any) -> Iterator[psycopg.Connection]:
    with superuser(database.server, database.name) as found:
        found.execute(SCHEMA)
        yield found


def _back(connection: psycopg.Connection, *changes: str) -> None:
    before = read(connection)
    for change in changes:
        connection.execute(change)
    back = inverse(before, read(connection))
    assert not back.impossible
    with connection.transaction():
        for statement in (*back.statements, *back.finish):
            connection.execute(statement.encode())
    difference = compare(before, read(connection))
    assert not difference, difference.lines()


@pytest.mark.parametrize("place", ["", " before 'open'", " after 'open'"])
def test_an_added_value_goes_again_and_rows_stay(connection: psycopg.Connection, place: str) -> None:
    rows = connection.execute("select id, state::text, was::text, opened from public.doors order by id").fetchall()
    _back(connection, f"alter type {TYPE} add value 'ajar'{place}")
    assert connection.execute("select id, state::text, was::text, opened from public.doors order by id").fetchall() == (
        rows
    )
    left = connection.execute("select count(*) from pg_type where typname like 'haulback_former%'").fetchone()
    assert left == (0,)


def test_a_row_that_holds_the_value_stops_it(connection: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.InvalidTextRepresentation, match="ajar"):
        _back(connection, f"alter type {TYPE} add value 'ajar'", "insert into public.rooms values (1, 'ajar')")
    assert connection.execute("select state::text from public.rooms").fetchall() == [("ajar",)]


def test_a_value_that_comes_back_is_used_at_once(connection: psycopg.Connection) -> None:
    _back(
        connection,
        f"""
        drop view public.open_doors; drop function public.is_open; drop policy open_only on public.doors;
        drop index public.doors_open; alter table public.doors drop constraint doors_check, drop column opened,
          drop constraint doors_state_fkey, alter state drop default, alter was drop default;
        delete from public.doors; delete from public.kinds;
        create type "Odd.Schema".fresh as enum ('closed');
        alter table public.doors alter state type "Odd.Schema".fresh using state::text::"Odd.Schema".fresh,
          alter was type "Odd.Schema".fresh[] using was::text::"Odd.Schema".fresh[];
        alter table public.kinds alter state type "Odd.Schema".fresh using state::text::"Odd.Schema".fresh;
        alter table public.rooms alter state type "Odd.Schema".fresh using state::text::"Odd.Schema".fresh;
        drop type {TYPE}; alter type "Odd.Schema".fresh rename to "a ""state";
        """,
    )


def test_a_composite_type_is_carried_over(connection: psycopg.Connection) -> None:
    connection.execute(f"""
        create type public.pair as (one {TYPE}, other {TYPE}[], name text);
        create function public.pairs() returns setof public.pair language sql
            as $$ select row('open', '{{}}', '')::public.pair $$;
        create view public.paired as select (row('open', '{{}}', 'x')::public.pair).one;
    """)
    _back(connection, f"alter type {TYPE} add value 'ajar'")
    assert connection.execute("select one::text from public.pairs()").fetchall() == [("open",)]


def test_what_is_made_of_it_is_told(connection: psycopg.Connection) -> None:
    connection.execute(f"create type public.pair as (one {TYPE}, other {TYPE}); create table public.pairs (p pair)")
    before = read(connection)
    connection.execute(f"alter type {TYPE} add value 'ajar'")
    ((key, reason),) = inverse(before, read(connection)).impossible
    assert key.identity == TYPE
    assert reason == "it would have to be made anew, and type public.pair is made of it"
