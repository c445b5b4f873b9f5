"""A deployment is taken back whole: structure, values, constraints, and nothing that users wrote is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from haulback.capture import attic, merging, registry, taking_back
from haulback.capture.copying import CopyAhead
from haulback.capture.errors import InverseFailed, ScriptDestroys
from haulback.capture.planning import plan_captures
from haulback.migrations.parse import script
from haulback.model.capture import Keeps
from haulback.model.schema import compare
from haulback.pg.catalog.reader import read
from haulback.pg.execution import StatementFailed

BASE = """
create table public.people (id int primary key, user_id uuid references auth.users on delete cascade);
create table public.things (
  id int generated always as identity primary key,
  name text not null default 'none' check (name <> ''),
  price numeric unique,
  touched int not null default 0
);
create index things_name on public.things (lower(name));
create function public.touch() returns trigger language plpgsql as 'begin new.touched := new.touched + 1; return new; end';
create trigger touch before update on public.things for each row execute function public.touch();
create table public.orders (
  id serial primary key, thing int not null references public.things on delete cascade, what text
);
create view public.named as select id, name from public.things;
insert into public.things (name, price) select 'thing ' || i, i from generate_series(1, 500) i;
insert into public.orders (thing, what) select i, 'order ' || i from generate_series(1, 300) i;
"""
CREATES = """
create type public.mood as enum ('happy', 'sad');
create table public.feelings (id serial primary key, thing int references public.things, mood public.mood);
alter table public.things add column mood public.mood default 'sad', add column weight int;
create function public.happy(public.mood) returns boolean language sql as 'select $1 = ''happy''';
create view public.felt as select id, mood from public.feelings;
create policy p on public.things using (true);
grant select on public.things to anon;
"""


class Shipped:
    """One migration that ran the way the pipeline runs it."""

    def __init__(self, work, deployment, migration: str) -> None:
        self.work, self.deployment = work, deployment
        self.before = read(work)
        with work.transaction(force_rollback=True):
            work.execute(migration)
            rehearsed = read(work)
        plan = plan_captures(self.before, rehearsed)
        assert plan.impossible == ()
        ahead = [CopyAhead(deployment, planned, Keeps.BEFORE) for planned in plan.copies]
        for one in ahead:
            one.arm(work)
            one.copy(work)
        with work.transaction():
            self.captured = [one.finish(work) for one in ahead]
            work.execute(migration)

    def structure(self, *texts: str):
        scripts = [script(Path(f"{i}.sql"), text) for i, text in enumerate(texts)]
        plan = taking_back.prepare(self.work, self.deployment, self.before)
        taking_back.copy(self.work, self.deployment, plan)
        with self.work.transaction():
            return taking_back.structure(self.work, self.deployment, self.before, scripts)

    def fill(self, **options):
        return taking_back.fill(self.work, self.deployment, pause=0, **options)

    def finish(self) -> None:
        with self.work.transaction():
            taking_back.finish(self.work, self.deployment, self.before)
        difference = compare(self.before, read(self.work))
        assert not difference or difference.only_column_order


def test_what_a_migration_created_goes_to_the_attic(work, deploy) -> None:
    work.execute(BASE)
    shipped = Shipped(work, deploy(), CREATES)
    work.execute("insert into public.feelings (thing, mood) select i, 'happy' from generate_series(1, 20) i")
    work.execute("update public.things set weight = id, mood = 'happy' where id <= 10")
    taken = shipped.structure()
    assert shipped.fill() == ()
    shipped.finish()
    assert attic.leaks(work) == ()
    kept = {capture.identity: attic.count(work, capture).rows for capture in taken.captures}
    assert kept == {"public.things": 500, "public.feelings": 20, "public.mood": None}
    # Once more, with what users wrote in between.
    again = deploy()
    work.execute(CREATES)
    work.execute("update public.things set weight = -1 where id = 2")
    for capture in merging.mergeable(work):
        assert merging.merge(work, capture, pause=0).adds_up
    weights = work.execute("select id, weight from public.things where weight is not null order by 1").fetchall()
    assert weights == [(id_, -1 if id_ == 2 else id_) for id_ in range(1, 11)]
    assert work.execute("select count(*) from public.feelings where mood = 'happy'").fetchone() == (20,)
    assert work.execute("select count(*) from public.things where mood = 'happy'").fetchone() == (10,)
    assert again.number == 2


def test_a_rollback_script_finds_its_tables_gone_and_that_is_well(work, deploy) -> None:
    work.execute(BASE)
    shipped = Shipped(work, deploy(), CREATES)
    taken = shipped.structure(
        "drop view public.felt; drop index public.feelings_pkey; drop table public.feelings;"
        "alter table public.things drop column mood, drop column weight;"
        "-- signature names a type that moved\ndrop function public.happy(public.mood); drop type public.mood;"
        "revoke select on public.things from anon; drop policy p on public.things;"
    )
    assert [one.statement.split()[1] for one in taken.skipped if one.statement.startswith("drop")] != []
    assert {one.reason for one in taken.skipped} == {"its object is in the attic"}
    shipped.finish()


def test_a_statement_that_fails_for_another_reason_stops_everything(work, deploy) -> None:
    work.execute(BASE)
    shipped = Shipped(work, deploy(), CREATES)
    with pytest.raises(StatementFailed, match=r"0\.sql:2:"):
        shipped.structure("drop view public.felt;\ndrop table public.typo;")
    assert registry.captures(work) == ()
    assert work.execute("select count(*) from public.felt").fetchone() == (0,)


def test_a_script_may_not_drop_what_was_there_before(work, deploy) -> None:
    work.execute(BASE)
    shipped = Shipped(work, deploy(), CREATES)
    with pytest.raises(ScriptDestroys, match=r"public\.orders"):
        shipped.structure("drop table public.orders;")
    assert work.execute("select count(*) from public.orders").fetchone() == (300,)


def test_a_dropped_column_comes_back_with_its_values(work, deploy) -> None:
    work.execute(BASE)
    before = work.execute("select id, name, price, touched from public.things order by id").fetchall()
    shipped = Shipped(work, deploy(), "alter table public.things drop column name cascade, drop column price")
    work.execute("insert into public.things default values")
    work.execute("delete from public.things where id = 7")
    shipped.structure("alter table public.things add column name text not null, add column price numeric;")
    # While the values come back, users write: theirs stay.
    work.execute("update public.things set name = 'mine' where id = 3")
    (filled,) = shipped.fill(batch=60)
    assert (filled.given, filled.kept, filled.gone) == (498, 1, 1)
    work.execute("update public.things set name = 'late' where id = 501")
    shipped.finish()
    rows = work.execute("select id, name, price, touched from public.things")
    after = {row[0]: row[1:] for row in rows}
    for id_, name, price, touched in before:
        if id_ not in {3, 7}:
            assert after[id_] == (name, price, touched)
    assert after[3][0] == "mine"
    assert 7 not in after
    assert work.execute("select count(*) from pg_trigger where tgname like 'haulback%'").fetchone() == (0,)


def test_a_constraint_that_no_longer_holds_stops_the_end_and_changes_nothing(work, deploy) -> None:
    work.execute(BASE)
    shipped = Shipped(work, deploy(), "alter table public.things drop column price")
    shipped.structure()
    work.execute("insert into public.things (price) values (5)")
    shipped.fill()
    with pytest.raises(InverseFailed, match="duplicated"):
        shipped.finish()
    assert work.execute("select count(*) from pg_trigger where tgname like 'haulback%'").fetchone() == (2,)
    work.execute("update public.things set price = 5000 where id = 501")
    shipped.finish()


def test_what_users_wrote_into_a_column_of_another_type_stays(work, deploy) -> None:
    work.execute(BASE)
    shipped = Shipped(work, deploy(), "alter table public.things alter column price type text using 'x' || price")
    work.execute(
        "update public.things set price = '77' where id = 7; update public.things set price = id + 1000 where id <> 7"
    )
    shipped.structure("alter table public.things alter column price type numeric using price::numeric;")
    assert shipped.fill() == ()
    shipped.finish()
    assert work.execute("select price from public.things where id = 7").fetchone() == (77,)
    (capture,) = registry.captures(work)
    assert attic.count(work, capture).rows == 500


def test_dropped_tables_come_back_with_their_rows(work, deploy) -> None:
    work.execute(BASE)
    things = work.execute("select * from public.things order by id").fetchall()
    orders = work.execute("select * from public.orders order by id").fetchall()
    shipped = Shipped(work, deploy(), "drop view public.named; drop table public.orders; drop table public.things")
    shipped.structure()
    filled = {one.capture.identity: one for one in shipped.fill(batch=70)}
    assert {name: one.given for name, one in filled.items()} == {"public.things": 500, "public.orders": 300}
    shipped.finish()
    assert work.execute("select * from public.things order by id").fetchall() == things
    assert work.execute("select * from public.orders order by id").fetchall() == orders
    assert work.execute("insert into public.orders (thing) values (1) returning id").fetchone() == (301,)


class Killed(Exception):
    pass


def test_filling_goes_on_after_a_kill(work, deploy) -> None:
    work.execute(BASE)
    before = work.execute("select id, name, price from public.things order by id").fetchall()
    shipped = Shipped(work, deploy(), "alter table public.things drop column name cascade, drop column price")
    shipped.structure()

    def kill(_capture, _rows) -> None:
        raise Killed

    for _ in range(30):
        try:
            (filled,) = shipped.fill(batch=90, progress=kill)
            break
        except Killed:
            continue
    assert filled.given == 500
    shipped.finish()
    assert work.execute("select id, name, price from public.things order by id").fetchall() == before


def test_erased_users_do_not_come_back(work, deploy) -> None:
    work.execute("""
        insert into auth.users (id) select gen_random_uuid() from generate_series(1, 3);
        create table public.erased_users (id uuid primary key);
        create function public.is_erased(subject uuid) returns boolean language sql stable as
          'select exists (select from public.erased_users where id = subject)';
        create table public.notes (id serial primary key, owner uuid references auth.users, note text);
        insert into public.notes (owner, note) select id, 'secret' from auth.users;
    """)
    shipped = Shipped(work, deploy(), "alter table public.notes drop column note")
    work.execute("insert into public.erased_users select id from auth.users limit 1")
    shipped.structure()
    (filled,) = shipped.fill()
    assert (filled.given, filled.erased) == (2, 1)
    shipped.finish()
    assert work.execute("select count(*) from public.notes where note is null").fetchone() == (1,)
