"""What a capture is estimated to take is what it then takes, within a factor of two, whatever the statistics say."""

from __future__ import annotations

from pathlib import Path

import pytest

from haulback.capture.copying import CopyAhead
from haulback.capture.cost import estimate
from haulback.migrations.parse import script
from haulback.model.capture import CapturePlan, Keeps, PlannedCopy
from haulback.pg.expected_changes import expected_changes
from haulback.pg.extents import extents

ROWS = 50_000
TABLES = f"""
create table public.slim (id bigint primary key, user_id uuid references auth.users, kind text, at timestamptz, n int);
insert into public.slim select i, null, 'kind' || i % 7, now(), i from generate_series(1, {ROWS}) as i;
create table public.wide (id uuid primary key default gen_random_uuid(), small int, body text, flag bool);
insert into public.wide (small, body)
  select i, (select string_agg(md5((i * j)::text), '') from generate_series(1, 1 + (i % 150)) as j)
    from generate_series(1, 3000) as i;
create table public.parts (id int primary key, note text) partition by range (id);
create table public.parts_1 partition of public.parts for values from (0) to (10000);
create table public.parts_2 partition of public.parts default;
insert into public.parts select i, repeat('n', 100) from generate_series(1, {ROWS}) as i;
"""


def test_estimates_hold(work, deploy) -> None:
    work.execute(TABLES)
    deployment = deploy()
    for table, *columns in (
        ("slim",),
        ("slim", "kind"),
        ("wide",),
        ("wide", "body"),
        ("wide", "small"),
        ("parts", "note"),
    ):
        planned = PlannedCopy(f"public.{table}", tuple(columns))
        (told,) = estimate(CapturePlan((planned,)), extents(work, [planned.identity])).costs
        ahead = CopyAhead(deployment, planned, Keeps.BEFORE)
        (begun,) = work.execute("select pg_current_wal_insert_lsn()").fetchone()
        ahead.arm(work)
        ahead.copy(work)
        (wal,) = work.execute("select (pg_current_wal_insert_lsn() - %s::pg_lsn)::int8", [begun]).fetchone()
        (disk, rows) = work.execute(
            "select pg_total_relation_size(c.oid), c.reltuples from pg_class as c where c.relname = %s",
            [ahead.attic_table(work)],
        ).fetchone()
        assert not told.bound
        assert 0.7 < told.rows / rows < 1.4, planned
        assert 0.5 < told.disk / disk < 2, planned
        assert 0.4 < told.wal / wal < 2.5, planned
    work.execute("analyze public.slim, public.wide, public.parts")
    counted = extents(work, ["public.slim", "public.wide", "public.parts"])
    assert {name: one.rows for name, one in counted.items()} == pytest.approx(
        {"public.slim": ROWS, "public.wide": 3000, "public.parts": ROWS}, rel=0.05
    )


def test_what_may_not_be_read_or_is_locked_is_told_by_the_statistics(work, any_database) -> None:
    work.execute("create table public.t (id int primary key, v text)")
    work.execute("insert into public.t select i, 'v' from generate_series(1, 1000) as i")
    work.execute("create table public.fresh (id int primary key)")
    work.execute("analyze public.t")
    with any_database.connect("authenticator", autocommit=True) as stranger:
        hidden = extents(stranger, ["public.t", "public.not_there"])
    assert hidden.keys() == {"public.t"}
    assert hidden["public.t"].rows == 1000
    assert hidden["public.t"].widths == {}
    assert hidden["public.t"].key == ("id",)
    with any_database.connect() as other:
        other.execute("lock table public.t, public.fresh in access exclusive mode")
        locked = extents(work, ["public.t", "public.fresh"])
    assert locked.keys() == {"public.t"}
    assert locked["public.t"].rows == 1000
    assert work.execute("select current_setting('lock_timeout'), current_setting('row_security')").fetchone() == (
        "0",
        "on",
    )


def test_odd_names_and_empty_tables(work) -> None:
    work.execute('create table public."Odd 100% ""name" ("Id%s" int primary key, "a b" text)')
    (found,) = extents(work, ['public."Odd 100% ""name"']).values()
    assert (found.rows, found.heap, found.key) == (0, 0, ("Id%s",))


def changes(work, text):
    return expected_changes(work, script(Path("x.sql"), text).statements)


def test_the_planner_tells_what_statements_change(work) -> None:
    work.execute("create table public.t (id int primary key, v int, w text)")
    work.execute("insert into public.t select i, i % 10, repeat('w', 500) from generate_series(1, 10000) as i")
    work.execute('create table public."Odd" (id int primary key)')
    work.execute("analyze public.t")
    found = changes(work, "update t set v = 2 where v = 1; delete from t where id <= 500;")
    assert found.keys() == {"public.t"}
    assert found["public.t"].updated == pytest.approx(1000, rel=0.2)
    assert found["public.t"].removed == pytest.approx(500, rel=0.2)
    assert found["public.t"].width == 4
    inserted = changes(work, 'insert into public."Odd" select id from t; create table u (id int);')
    assert inserted.keys() == {'public."Odd"'}
    assert inserted['public."Odd"'].added == 10000
    assert work.execute("select count(*) from t where v = 2").fetchone() == (1000,)


@pytest.mark.parametrize(
    "text",
    [
        "update t set v = 1; do $$ begin delete from t; end $$;",
        "update t set v = 1; select set_config('a.b', 'c', true);",
        "alter table t add column x int; update t set x = 1;",
        "update not_there set v = 1;",
    ],
)
def test_where_the_planner_cannot_know_all_it_says_nothing(work, text) -> None:
    work.execute("create table public.t (id int primary key, v int)")
    assert changes(work, text) == {}
