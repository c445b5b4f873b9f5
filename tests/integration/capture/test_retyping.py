"""A column changes its type, users write, it is taken back: what nobody wrote is as it was, to the byte."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest

from haulback.capture import attic, registry, retyping, taking_back
from haulback.capture.copying import CopyAhead
from haulback.capture.errors import InverseFailed
from haulback.capture.filling import ValuesRefused
from haulback.capture.planning import plan_captures
from haulback.journal.journal import Journal
from haulback.model.capture import Keeps
from haulback.model.deployment import Deployment
from haulback.pg.catalog.reader import read

ROWS = 60


@dataclass(frozen=True)
class Change:
    """One change of a type.

    Attributes:
        column: how it is declared before.
        value: of row n, as SQL.
        migration: takes it to another type.
        written: what a user writes afterwards, as SQL in the new type.
        back: what that is once the column has its old type again, as SQL in the old type.
        before, after: what is made before the table, and once it is filled.
    """

    column: str
    value: str
    migration: str
    written: str
    back: str
    before: str = ""
    after: str = ""


_TO = "alter table public.things alter column v type"
CHANGES = {
    "int, bigint": Change("int", "n * 7", f"{_TO} bigint;", "1234", "1234"),
    "text, int, lossy": Change(
        "text", "'00' || n || ' pieces'", f"{_TO} int using (regexp_match(v, '\\d+'))[1]::int;", "4711", "'4711'"
    ),
    "timestamptz, date": Change(
        "timestamptz",
        "timestamptz '2026-01-01 13:14:15.678+02' + n * interval '7 hours'",
        f"{_TO} date using v::date;",
        "date '1999-12-31'",
        "date '1999-12-31'::timestamptz",
    ),
    "numeric, narrower": Change("numeric(10,4)", "n + 0.12344", f"{_TO} numeric(10,2);", "3.5", "3.50"),
    "varchar, shorter": Change(
        "varchar(50)", "repeat('x' || n, 9)", f"{_TO} varchar(20) using left(v, 20);", "'mine'", "'mine'"
    ),
    "varchar, text": Change("varchar(20)", "'v' || n", f"{_TO} text;", "'a text'", "'a text'"),
    "enum, text": Change(
        "public.mood",
        "(enum_range(null::public.mood))[1 + n % 3]",
        f"alter table public.things alter column v drop default; {_TO} text using case v when 'fine' then 'glad' else v::text end; drop type public.mood;",
        "'glad'",
        "'glad'",
        before="create type public.mood as enum ('sad', 'fine', 'glad');",
        after="alter table public.things alter column v set default 'fine';",
    ),
    "text, enum": Change(
        "text",
        "case n % 3 when 0 then 'Low ' when 1 then 'low' else 'HIGH' end",
        f"create type public.level as enum ('low', 'high'); {_TO} public.level using lower(trim(v))::public.level;",
        "'high'",
        "'high'",
    ),
    "json, jsonb": Change(
        "json",
        """('{"b":   ' || n || ', "a": [1,  2], "a": 3}')::json""",
        f"{_TO} jsonb using v::jsonb;",
        """'{"by": "hand"}'""",
        """'{"by": "hand"}'""",
    ),
    "float, integer": Change("double precision", "n / 7.0", f"{_TO} int using round(v)::int;", "99", "99"),
    "enum made anew": Change(
        "public.mood[]",
        "array[(enum_range(null::public.mood))[1 + n % 3], 'glad']",
        "create type public.other as enum ('sad', 'glad');"
        f" {_TO} public.other[] using array_replace(v::text[], 'fine', 'sad')::public.other[];"
        " drop type public.mood; alter type public.other rename to mood;",
        "array['sad']::public.mood[]",
        "array['sad']::public.mood[]",
        before="create type public.mood as enum ('sad', 'fine', 'glad');",
    ),
    "array": Change("int[]", "array[n, n + 1]", f"{_TO} text[] using array[v[1]::text];", "array['5']", "array[5]"),
    "dynamic": Change(
        "text",
        "'  ' || n",
        "do $$ begin execute 'alter table public.things alter ' || 'column v type int using trim(v)::int'; end $$;",
        "5",
        "'5'",
    ),
    "with what depends on it": Change(
        "varchar(30)",
        "'Name ' || n",
        "drop view public.names; alter table public.things drop constraint v_said, drop column loud;"
        f" {_TO} text using lower(v); alter table public.things add constraint v_low check (v = lower(v));"
        " create view public.names as select v from public.things;",
        "'mine'",
        "'mine'",
        after="alter table public.things alter column v set default 'Nobody', alter column v set not null,"
        " add constraint v_said check (v <> ''), add column loud text generated always as (upper(v)) stored;"
        " create index things_v on public.things (v); create unique index things_vid on public.things (v, id);"
        " create view public.names as select v from public.things where v is not null;",
    ),
    "and another column goes": Change(
        "numeric",
        "n / 3.0",
        f"{_TO} int using v::int; alter table public.things drop column w; alter table public.things add column x int;",
        "42",
        "42",
        after="alter table public.things add column w text; update public.things set w = 'w' || id;",
    ),
}


@pytest.fixture
def work(database) -> Iterator[psycopg.Connection]:
    """On the newest server only: what is asked here is the same on all, but for what a test of its own asks."""
    with database.connect(autocommit=True) as connection:
        Journal(connection).install()
        yield connection


class Deployed:
    """One migration that ran the way the pipeline runs it; `told` is what its text says, where it is asked."""

    def __init__(self, work, deployment, migration: str, told: str = "") -> None:
        self.work, self.deployment = work, deployment
        self.before = read(work)
        with work.transaction(force_rollback=True):
            work.execute(migration)
            rehearsed = read(work)
        self.plan = plan_captures(self.before, rehearsed)
        ahead = [CopyAhead(deployment, planned, Keeps.BEFORE) for planned in self.plan.copies]
        for one in ahead:
            one.arm(work)
            one.copy(work)
        with work.transaction():
            for one in ahead:
                one.finish(work)
            work.execute(migration)
            retyping.keep_after(work, deployment, told)
        for capture in self.captures:
            attic.count(work, capture)

    @property
    def captures(self):
        return registry.captures(self.work, self.deployment.id)

    def structure(self) -> None:
        plan = taking_back.prepare(self.work, self.deployment, self.before)
        taking_back.copy(self.work, self.deployment, plan)
        with self.work.transaction():
            taking_back.structure(self.work, self.deployment, self.before, [])

    def fill(self, **options):
        return taking_back.fill(self.work, self.deployment, pause=0, **options)

    def finish(self) -> None:
        with self.work.transaction():
            taking_back.finish(self.work, self.deployment, self.before)
        assert read(self.work).fingerprint_without_order == self.before.fingerprint_without_order

    def back(self):
        self.structure()
        filled = self.fill(batch=7)
        self.finish()
        return filled


def _image(work, table: str = "things") -> dict[int, str]:
    """Each row's text by its key, the columns in the order of their names."""
    names = work.execute(
        "select string_agg(quote_ident(attname), ', ' order by attname) from pg_attribute"
        " where attrelid = %s::regclass and attnum > 0 and not attisdropped",
        [f"public.{table}"],
    ).fetchone()[0]
    return dict(work.execute(f"select id, row({names})::text from public.{table}").fetchall())


def _begin(work) -> Deployment:
    return Journal(work).begin("hash", {}, "here", "development")


def _text(work, value: str):
    return work.execute(f"select ({value})::text").fetchone()[0]


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_what_nobody_wrote_is_as_it_was(work, change: Change) -> None:
    there_and_back(work, change)


@pytest.mark.parametrize("name", ["text, enum", "timestamptz, date"])
def test_on_the_oldest_server(database15, name: str) -> None:
    with database15.connect(autocommit=True) as work:
        Journal(work).install()
        there_and_back(work, CHANGES[name])


def there_and_back(work, change: Change, *, told: bool = False) -> Deployed:
    work.execute(
        f"{change.before} create table public.things (id bigint primary key, v {change.column}, note text);"
        f" insert into public.things (id, v, note) select n, {change.value}, 'n' || n from generate_series(1, {ROWS}) n;"
        f"{change.after}"
    )
    before = _image(work)
    deployed = Deployed(work, _begin(work), change.migration, change.migration if told else "")
    assert deployed.plan.impossible == ()
    work.execute(
        f"update public.things set v = {change.written} where id = 3;"
        "update public.things set note = 'a user' where id = 4;"
        "delete from public.things where id = 5;"
        f"insert into public.things (id, v, note) values (1000, {change.written}, 'new');"
    )
    (filled,) = deployed.back()
    assert (filled.kept, filled.gone, filled.given) == (1, 1, ROWS - 2)
    wanted = _text(work, f"({change.back})::{change.column}")
    rows = dict(work.execute("select id, v::text from public.things").fetchall())
    assert (rows[3], rows[1000]) == (wanted, wanted)
    assert 5 not in rows
    assert work.execute("select note from public.things where id = 4").fetchone()[0] == "a user"
    work.execute("update public.things set note = 'n4' where id = 4")
    now = _image(work)
    kept = before.keys() - {3, 5}
    assert {key: now[key] for key in kept} == {key: before[key] for key in kept}
    (written,) = [one for one in deployed.captures if "since" in one.detail]
    assert sorted(work.execute(f"select id from haulback_attic.{written.attic_table}").fetchall()) == [(3,), (1000,)]
    return deployed


THINGS = """
create table public.things (id int primary key, v text, w text default 'w', note text);
insert into public.things (id, v) select n, '0' || n from generate_series(1, 60) n;
"""
TO_INT = "alter table public.things alter column v type int using v::int;"


def test_each_column_is_judged_by_itself(work) -> None:
    work.execute(THINGS)
    work.execute("update public.things set w = 'W' || id")
    deployed = Deployed(
        work, _begin(work), f"{TO_INT} alter table public.things alter column w type varchar(2) using left(w, 2)"
    )
    work.execute(
        "update public.things set v = 77 where id = 11; update public.things set w = 'x' where id = 12;"
        "update public.things set v = v + 1 where id = 13; update public.things set v = v - 1 where id = 13"
    )
    (filled,) = deployed.back()
    assert filled.kept == 2
    rows = dict(work.execute("select id, v || ' ' || w from public.things where id > 10 and id < 15").fetchall())
    assert rows == {11: "77 W11", 12: "012 x", 13: "013 W13", 14: "014 W14"}


def test_what_users_write_while_going_back_stays(work) -> None:
    work.execute(THINGS)
    deployed = Deployed(work, _begin(work), f"{TO_INT} alter table public.things drop column w")
    deployed.work.execute("update public.things set v = 5000 where id = 50")
    plan = taking_back.prepare(work, deployed.deployment, deployed.before)
    work.execute("update public.things set v = 5100 where id = 51")
    taking_back.copy(work, deployed.deployment, plan)
    work.execute("update public.things set v = 5200 where id = 52; delete from public.things where id = 53")
    with work.transaction():
        taking_back.structure(work, deployed.deployment, deployed.before, [])
    work.execute(
        "update public.things set v = 'user' where id = 54; update public.things set w = 'user' where id = 55;"
        "delete from public.things where id = 56; update public.things set id = 100 where id = 57;"
        "delete from public.things where id = 58; insert into public.things (id, v) values (58, 'again')"
    )
    deployed.fill(batch=7)
    deployed.finish()
    rows = {row[0]: row[1:] for row in work.execute("select id, v, w from public.things where id >= 50").fetchall()}
    assert rows == {
        50: ("5000", "w"),
        51: ("5100", "w"),
        52: ("5200", "w"),
        54: ("user", "w"),
        55: ("055", "user"),
        58: ("again", "w"),
        59: ("059", "w"),
        60: ("060", "w"),
        100: ("57", None),
    }


def test_what_stands_against_old_values_is_named_and_can_be_mended(work) -> None:
    work.execute(
        "create table public.things (id int primary key, v text unique);"
        "insert into public.things select n, 'Name ' || n from generate_series(1, 30) n"
    )
    deployed = Deployed(work, _begin(work), "alter table public.things alter column v type varchar(20) using lower(v)")
    work.execute("insert into public.things values (100, 'Name 25')")
    deployed.structure()
    with pytest.raises(ValuesRefused, match="Name 25"):
        deployed.fill(batch=10)
    assert work.execute("select v from public.things where id in (20, 21) order by id").fetchall() == [
        ("Name 20",),
        ("name 21",),
    ]
    work.execute("delete from public.things where id = 100")
    deployed.fill(batch=10)
    deployed.finish()
    assert work.execute("select count(*) from public.things where v <> 'Name ' || id").fetchone() == (0,)


def test_a_partitioned_table(work) -> None:
    work.execute(
        "create table public.things (id int, day date, v text, primary key (id, day)) partition by range (day);"
        "create table public.things_a partition of public.things for values from ('2026-01-01') to ('2026-02-01');"
        "create table public.things_b partition of public.things default;"
        "insert into public.things select n, date '2026-01-01' + n, '0' || n from generate_series(1, 60) n"
    )
    deployed = Deployed(work, _begin(work), TO_INT)
    work.execute("update public.things set v = 999 where id in (7, 45)")
    (filled,) = deployed.back()
    assert (filled.kept, filled.given) == (2, 58)
    wrong = work.execute("select id, v from public.things where v <> '0' || id order by id").fetchall()
    assert wrong == [(7, "999"), (45, "999")]


def test_an_identity_key_becomes_wider_and_narrower(work) -> None:
    work.execute(
        "create table public.things (id int generated always as identity primary key, v text);"
        "create table public.parts (thing int references public.things, n int, v text, primary key (thing, n));"
        "insert into public.things (v) select ' ' || n from generate_series(1, 30) n;"
        "insert into public.parts select n, 1, '0' || n from generate_series(1, 30) n;"
    )
    before = _image(work), _image_of_parts(work)
    deployed = Deployed(
        work,
        _begin(work),
        "alter table public.things alter id type bigint, alter v type int using trim(v)::int;"
        "alter table public.parts alter thing type bigint, alter v type int using v::int;",
    )
    assert deployed.plan.impossible == ()
    work.execute("insert into public.things (v) values (5); update public.parts set v = 3 where thing = 2")
    deployed.back()
    now = _image(work), _image_of_parts(work)
    assert {key: now[0][key] for key in before[0]} == before[0]
    assert now[0].keys() - before[0].keys() == {31}
    assert now[1].pop(2) == "(2,1,3)"
    assert now[1] == {key: text for key, text in before[1].items() if key != 2}


def _image_of_parts(work) -> dict[int, str]:
    return dict(work.execute("select thing, row(thing, n, v)::text from public.parts").fetchall())


def test_a_key_that_gets_other_values_ends_the_migration(work) -> None:
    work.execute(THINGS)
    with pytest.raises(retyping.KeysMoved, match="60 rows"):
        Deployed(work, _begin(work), "alter table public.things alter id type bigint using id + 1000")
    assert work.execute("select min(id) from public.things").fetchone() == (1,)


def test_a_key_of_another_kind_cannot_be_kept(work) -> None:
    work.execute("create table public.things (id text, n int, v text, primary key (id, n))")
    before = read(work)
    with work.transaction(force_rollback=True):
        work.execute("alter table public.things alter id type int using id::int, alter v type int using v::int")
        plan = plan_captures(before, read(work))
    assert plan.copies == ()
    assert {reason for _, reason in plan.impossible} == {
        "the primary key of its table gets another type, and rows are found by it"
    }


def test_what_users_wrote_is_kept_in_the_type_that_they_wrote_it_in(work) -> None:
    work.execute("create table public.things (id int primary key, v varchar(5)); insert into public.things values (1)")
    deployed = Deployed(work, _begin(work), "alter table public.things alter v type text")
    assert deployed.captures[0].after_table is None, "nothing was rewritten: what is before tells"
    work.execute("update public.things set v = 'longer than five'")
    deployed.back()
    assert work.execute("select v from public.things").fetchone() == ("longe",)
    (written,) = [one for one in deployed.captures if "since" in one.detail]
    kept = work.execute(f"select v from haulback_attic.{written.attic_table}").fetchone()
    assert kept == ("longer than five",)


def test_an_erased_user_is_gone_from_all_that_was_kept(work) -> None:
    one, other = "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002"
    work.execute(
        f"insert into auth.users (id) values ('{one}'), ('{other}');"
        "create table public.things (id int primary key, who uuid references auth.users, v text);"
        f"insert into public.things values (1, '{one}', '01'), (2, '{other}', '02'), (3, '{one}', '03')"
    )
    deployed = Deployed(work, _begin(work), TO_INT)
    (capture,) = deployed.captures
    counts = work.execute("select haulback.erase_user(%s)", [one]).fetchone()[0]
    assert counts == {"public.things": 2}
    for name in (capture.attic_table, capture.after_table):
        assert work.execute(f"select id from haulback_attic.{name}").fetchall() == [(2,)]
    attic.check(work, registry.load(work, capture.id))


def test_a_damage_is_seen_and_all_goes_when_it_is_purged(work) -> None:
    work.execute(THINGS)
    deployed = Deployed(work, _begin(work), TO_INT)
    (capture,) = deployed.captures
    work.execute(f"update haulback_attic.{capture.after_table} set v = 7 where id = 3")
    with pytest.raises(attic.CaptureDamaged):
        deployed.back()
    attic.purge(work, capture)
    left = work.execute(
        "select relname from pg_class where relnamespace = 'haulback_attic'::regnamespace and relname like 'd1%became%'"
    )
    assert left.fetchall() == []


CODES = """
create table public.things (id int primary key, v int not null default 1 check (v in (0, 1, 2)), note text);
insert into public.things select n, n % 3 from generate_series(1, 60) n;
"""
TO_NAMES = """
alter table public.things drop constraint things_v_check, alter v drop default;
alter table public.things alter v type text using case v when 0 then 'off' when 1 then 'on' else '2' end;
alter table public.things alter v set default 'on', alter v drop not null;
"""


def test_values_that_cannot_be_read_as_what_they_were_come_back_from_the_copy(work) -> None:
    work.execute(CODES)
    deployed = Deployed(work, _begin(work), TO_NAMES)
    work.execute("update public.things set v = '0' where id = 10; insert into public.things values (100, '2')")
    deployed.back()
    rows = work.execute("select id, v from public.things where v <> id % 3 order by id").fetchall()
    assert rows == [(10, 0), (100, 2)]


def test_what_users_wrote_and_nothing_can_read_is_named(work) -> None:
    work.execute(CODES)
    deployed = Deployed(work, _begin(work), TO_NAMES)
    work.execute("update public.things set v = 'broken' where id = 10; insert into public.things values (100, 'on')")
    with pytest.raises(InverseFailed, match="into the rows 10, 100 is no integer"):
        deployed.back()
    assert work.execute("select v from public.things where id = 3").fetchone() == ("off",)
    work.execute("update public.things set v = '1' where id in (10, 100)")
    deployed.back()
    assert work.execute("select id from public.things where v <> id % 3 order by id").fetchall() == []
