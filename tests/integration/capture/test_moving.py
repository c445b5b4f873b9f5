"""Created tables go to the attic whole, and nothing refers into it afterwards."""

from __future__ import annotations

import psycopg
import pytest

from haulback.capture import attic, registry
from haulback.capture.moving import move_aside
from haulback.model.capture import CaptureKind

MODULE = """
create table public.parents (id int primary key, name text);
insert into public.parents values (1, 'a'), (2, 'b');
create type public.mood as enum ('happy', 'sad');
create domain public.short as text check (length(value) < 10);
create function public.twice(i int) returns int language sql immutable as 'select i * 2';
create function public.touch() returns trigger language plpgsql as 'begin return new; end';
create table public.events (
  id int generated always as identity primary key,
  number bigserial,
  parent int references public.parents,
  mood public.mood not null default 'sad',
  moods public.mood[],
  short public.short,
  doubled int generated always as (public.twice(parent)) stored,
  user_id uuid references auth.users on delete cascade,
  constraint even check (public.twice(parent) > 0),
  unique (number)
);
create index on public.events (public.twice(parent));
create statistics public.events_together on id, parent from public.events;
create table public.children (id int primary key, event int references public.events);
alter table public.events enable row level security, force row level security;
create policy own on public.events using (true);
create trigger touch before update on public.events for each row execute function public.touch();
create rule quiet as on delete to public.events where old.id < 0 do instead nothing;
create publication p for table public.events;
grant select on public.events to anon, authenticated with grant option;
grant update (short) on public.events to anon;
grant usage on sequence public.events_number_seq to anon;
create view public.shown as select id, mood from public.events;
insert into public.events (parent, mood, moods, short)
  select 1 + i % 2, 'happy', array['sad', 'happy']::public.mood[], 's' || i from generate_series(1, 50) i;
"""


def test_everything_that_leaks_is_taken_off(work, deploy) -> None:
    work.execute(MODULE)
    work.execute("drop view public.shown")
    with work.transaction():
        captures = move_aside(
            work, deploy(), ["public.events", "public.children"], types=["public.mood", "public.short"]
        )
    assert attic.leaks(work) == ()
    assert {capture.kind for capture in captures} == {CaptureKind.MOVED_TABLE, CaptureKind.MOVED_TYPE}
    # Nothing holds the application up: parents can be deleted, functions and publication are free.
    work.execute("delete from public.parents; drop function public.twice(int); drop function public.touch()")
    published = work.execute("select count(*) from pg_publication_tables where schemaname <> 'realtime'").fetchone()
    assert published == (0,)
    assert work.execute("select count(*) from pg_statistic_ext").fetchone() == (0,)
    grants = work.execute(
        "select count(*) from information_schema.role_table_grants"
        " where table_schema = 'haulback_attic' and grantee <> 'postgres'"
    ).fetchone()
    assert grants == (0,)
    events = next(capture for capture in captures if capture.identity == "public.events")
    counted = attic.count(work, events)
    assert counted.rows == 50
    assert registry.load(work, events.id) == counted
    positions = {one["identity"]: one["last_value"] for one in events.detail["sequences"]}
    assert positions == {"public.events_id_seq": 50, "public.events_number_seq": 50}
    assert events.key == ("id",)
    assert events.user_columns == ("user_id",)


def test_a_view_that_was_forgotten_is_found(work, deploy) -> None:
    work.execute(MODULE)
    with work.transaction():
        move_aside(work, deploy(), ["public.events"])
    assert [what for _, what in attic.leaks(work)] != []
    work.execute("drop view public.shown")
    work.execute("alter table public.children drop column event")


def test_nobody_else_can_look_in(work, deploy, any_database) -> None:
    work.execute(MODULE)
    with work.transaction():
        capture, *_ = move_aside(work, deploy(), ["public.events"])
    work.execute("set role anon")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        work.execute(f'select * from haulback_attic."{capture.attic_table}"')
    work.execute("set role service_role")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        work.execute("select haulback.erase_user(gen_random_uuid())")


def test_names_never_clash_over_rounds(work, deploy) -> None:
    name = 'Über "all" tables, and a name that is much longer than the server keeps of it'.encode()[:63].decode()
    quoted = '"' + name.replace('"', '""') + '"'
    names = set()
    for _ in range(3):
        work.execute(f"create table public.{quoted} (id serial primary key, t text unique)".encode())
        with work.transaction():
            (capture,) = move_aside(work, deploy(), [f"public.{quoted}"])
        assert len(capture.attic_table.encode()) <= 63
        names.add(capture.attic_table)
    assert len(names) == 3
    assert work.execute("select count(*) from pg_class where relnamespace = 'public'::regnamespace").fetchone() == (0,)


def test_partitions_move_with_their_root(work, deploy) -> None:
    work.execute("""
        create table public.logs (id int, at date, primary key (id, at)) partition by range (at);
        create table public.logs_1 partition of public.logs for values from ('2024-01-01') to ('2024-02-01');
        create table public.logs_rest partition of public.logs default partition by hash (id);
        create table public.logs_rest_0 partition of public.logs_rest for values with (modulus 1, remainder 0);
        insert into public.logs select i, date '2024-01-20' + i from generate_series(1, 30) i;
    """)
    with work.transaction():
        (capture,) = move_aside(work, deploy(), ["public.logs_1", "public.logs"])
    assert {part["identity"] for part in capture.detail["parts"]} == {
        "public.logs_1",
        "public.logs_rest",
        "public.logs_rest_0",
    }
    assert attic.count(work, capture).rows == 30
    assert attic.leaks(work) == ()


def test_a_partition_of_a_table_that_stays_is_detached(work, deploy) -> None:
    work.execute("""
        create table public.logs (id int primary key) partition by range (id);
        create table public.logs_1 partition of public.logs for values from (0) to (10);
        insert into public.logs values (1);
    """)
    with work.transaction():
        (capture,) = move_aside(work, deploy(), ["public.logs_1"])
    assert attic.count(work, capture).rows == 1
    assert work.execute("select count(*) from public.logs").fetchone() == (0,)


def test_a_table_that_is_not_there_is_passed_over(work, deploy) -> None:
    with work.transaction():
        assert move_aside(work, deploy(), ["public.never"]) == ()


def test_erasure_reaches_every_capture_and_looks_like_no_damage(work, deploy) -> None:
    work.execute("""
        insert into auth.users (id) values (gen_random_uuid()), (gen_random_uuid());
        create table public.notes (id serial primary key, owner uuid references auth.users, n numeric, at timestamptz);
        insert into public.notes (owner, n, at) select u.id, i / 3.0, now() from auth.users u, generate_series(1, 5) i;
    """)
    (subject,) = work.execute("select id from auth.users limit 1").fetchone()
    with work.transaction():
        (capture,) = move_aside(work, deploy(), ["public.notes"])
    capture = attic.count(work, capture)
    work.execute("set timezone = 'Asia/Tokyo'")
    assert work.execute("select haulback.erase_user(%s)", [subject]).fetchone() == ({"public.notes": 5},)
    attic.check(work, capture)
    (entry,) = attic.entries(work, verify=True)
    assert (entry.state, entry.capture.rows) == ("kept", 5)
    work.execute(
        f'update haulback_attic."{capture.attic_table}" set n = n + 1 where id = (select min(id) from haulback_attic."{capture.attic_table}")'
    )
    with pytest.raises(attic.CaptureDamaged):
        attic.check(work, capture)
    (entry,) = attic.entries(work, verify=True)
    assert entry.state == "damaged"


def test_purge_leaves_nothing(work, deploy) -> None:
    work.execute("create type public.mood as enum ('a'); create table public.t (id int primary key, m public.mood)")
    with work.transaction():
        table, _ = move_aside(work, deploy(), ["public.t"], types=["public.mood"])
    attic.purge(work, table)
    assert registry.captures(work) == ()
    assert work.execute("select to_regclass(%s)", [f'haulback_attic."{table.attic_table}"']).fetchone() == (None,)
