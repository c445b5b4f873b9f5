"""What a migration made of a column is computed when it is asked for, where that is certain; else it is copied."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from test_retyping import CHANGES, Change, Deployed, there_and_back

from haulback.capture import attic, recomputing, registry, retyping
from haulback.journal.journal import Journal
from haulback.model.capture import Capture

_TO = "alter table public.things alter column v type"
_CERTAIN = {
    "int, bigint": CHANGES["int, bigint"],
    "numeric, narrower": CHANGES["numeric, narrower"],
    "json, jsonb": CHANGES["json, jsonb"],
    "text, int": Change("text", "'00' || n", f"{_TO} int using v::int;", "4711", "'4711'"),
    "int, text, from its parts": Change(
        "int",
        "n * 3",
        f"set lock_timeout = '5s'; {_TO} text using (case when v > 30 then -v else v / 2 end);",
        "'7'",
        "7",
    ),
    "int, by its key": Change("int", "n", f"{_TO} numeric(9,1) using v * 1.5 + id;", "7", "7"),
    "text, uuid": Change(
        "text",
        "upper(md5(n::text))",
        f"{_TO} uuid using v::uuid;",
        f"'{'ab' * 16}'",
        "'abababab-abab-abab-abab-abababababab'",
    ),
    "beside what runs nothing": Change(
        "int",
        "n",
        f"create policy p on public.things using (true); {_TO} bigint; comment on column public.things.v is 'wide';"
        " create index on public.things (v); alter table public.things add column more timestamptz default now();",
        "7",
        "7",
    ),
}
_FUNCTION = "create function public.twice(int) returns bigint immutable language sql as 'select $1 * 2';"
_UNCERTAIN = {
    "another every time": Change("int", "n", f"{_TO} bigint using v + (random() * 1000)::int;", "7", "7"),
    "the clock": Change("int", "n", f"{_TO} bigint using v + extract(epoch from now())::bigint;", "7", "7"),
    "a zone": CHANGES["timestamptz, date"],
    "a setting, called immutable": Change("float8", "n / 7.0", f"{_TO} text using v::text;", "'2.5'", "2.5"),
    "a collation": Change("text", "'Name ' || n", f"{_TO} varchar(20) using lower(v);", "'mine'", "'mine'"),
    "a function of the users'": Change("int", "n", f"{_TO} bigint using public.twice(v);", "7", "7", before=_FUNCTION),
    "a type of the users'": CHANGES["text, enum"],
    "another column": Change("int", "n", f"{_TO} bigint using v + length(note);", "7", "7"),
    "another statement in a block": CHANGES["dynamic"],
    "code beside it": Change("int", "n", f"do $$ begin end $$; {_TO} bigint;", "7", "7"),
    "a function that is called beside it": Change("int", "n", f"select 1; {_TO} bigint;", "7", "7"),
    "twice": Change("int", "n", f"{_TO} bigint using v * 2; {_TO} numeric using v * 2;", "7", "7"),
}


@pytest.fixture(params=["database", "database15"])
def work(request) -> Iterator[psycopg.Connection]:
    with request.getfixturevalue(request.param).connect(autocommit=True) as connection:
        Journal(connection).install()
        yield connection


@pytest.mark.parametrize("change", _CERTAIN.values(), ids=_CERTAIN)
def test_what_is_certain_is_not_copied_and_comes_back_all_the_same(work, change: Change) -> None:
    assert _was_promised(there_and_back(work, change, told=True))


@pytest.mark.parametrize("change", _UNCERTAIN.values(), ids=_UNCERTAIN)
def test_what_is_not_certain_is_copied(work, change: Change) -> None:
    assert not _was_promised(there_and_back(work, change, told=True))


def _was_promised(deployed: Deployed) -> bool:
    (capture,) = [one for one in deployed.captures if one.retyped]
    return "promised" in capture.detail["after"]


def _deployed(work, migration: str = f"{_TO} int using v::int;", *, more: str = "") -> Deployed:
    work.execute(
        "create table public.things (id int primary key, v text, who uuid references auth.users, note text);"
        f"insert into public.things (id, v) select n, '0' || n from generate_series(1, 60) n; {more}"
    )
    return Deployed(work, Journal(work).begin("hash", {}, "here", "development"), migration, migration)


def _capture(deployed: Deployed) -> Capture:
    return next(one for one in deployed.captures if one.retyped)


def _made(work, capture: Capture) -> list[tuple[int, int]]:
    return work.execute(f"select id, v from haulback_attic.{capture.after_table} order by id").fetchall()


def test_a_column_that_gets_another_name_is_copied(work) -> None:
    deployed = _deployed(work, f"{_TO} int using v::int; alter table public.things rename v to w;")
    assert _capture(deployed).promised == ()


def test_rows_that_the_migration_writes_are_copied(work) -> None:
    migration = f"{_TO} int using v::int; update public.things set v = v + 1 where id = 3;"
    work.execute("create table public.things (id int primary key, v text)")
    work.execute("insert into public.things select n, '0' || n from generate_series(1, 60) n")
    with work.transaction():
        deployed = Deployed(
            work, Journal(work).begin("hash", {}, "here", "development"), migration, _TO + " int using v::int"
        )
    assert _capture(deployed).promised == ()
    assert dict(_made(work, _capture(deployed)))[3] == 4


def test_a_text_that_is_not_what_ran_is_found_out(work) -> None:
    work.execute("create table public.things (id int primary key, v int)")
    work.execute("insert into public.things select n, n from generate_series(1, 60) n")
    told = f"{_TO} bigint using v * 2"
    deployed = Deployed(work, Journal(work).begin("hash", {}, "here", "development"), f"{_TO} bigint using v * 3", told)
    assert _capture(deployed).promised == ()


def test_it_is_computed_once_and_is_sound(work) -> None:
    deployed = _deployed(work)
    assert _made(work, _capture(deployed)) == []
    for _ in range(2):
        recomputing.make(work, deployed.deployment)
    assert _made(work, _capture(deployed)) == [(n, n) for n in range(1, 61)]
    attic.check(work, registry.load(work, _capture(deployed).id))
    assert _capture(deployed).rows == 60


def test_a_damage_is_seen_before_anything_is_computed_of_it(work) -> None:
    deployed = _deployed(work)
    work.execute(f"update haulback_attic.{_capture(deployed).attic_table} set v = '7' where id = 3")
    with pytest.raises(attic.CaptureDamaged):
        deployed.back()
    assert _capture(deployed).promised == ("v",)


def test_without_its_table_nothing_is_computed(work) -> None:
    deployed = _deployed(work)
    work.execute(f"drop table haulback_attic.{_capture(deployed).after_table}")
    assert attic.missing(work) == {_capture(deployed).after_table}
    with pytest.raises(attic.CaptureDamaged):
        attic.require_sound(work, deployed.deployment.id)
    with pytest.raises(attic.CaptureDamaged):
        deployed.back()


def test_an_erased_user_is_in_nothing_that_is_computed(work) -> None:
    one = "00000000-0000-0000-0000-000000000001"
    deployed = _deployed(
        work, more=f"insert into auth.users (id) values ('{one}'); update public.things set who = '{one}' where id <> 5"
    )
    assert work.execute("select haulback.erase_user(%s)", [one]).fetchone()[0] == {"public.things": 59}
    recomputing.make(work, deployed.deployment)
    assert _made(work, _capture(deployed)) == [(5, 5)]
    attic.check(work, registry.load(work, _capture(deployed).id))


def test_all_goes_when_it_is_purged(work) -> None:
    deployed = _deployed(work)
    attic.purge(work, _capture(deployed))
    left = work.execute(
        "select relname from pg_class where relnamespace = 'haulback_attic'::regnamespace and relname like 'd1%became%'"
    )
    assert left.fetchall() == []


def test_the_key_of_the_table_may_not_change_with_it(work) -> None:
    deployed = _deployed(work, f"alter table public.things alter id type bigint; {_TO} int using v::int;")
    assert _capture(deployed).promised == ()
    assert retyping.since(work, deployed.deployment)
