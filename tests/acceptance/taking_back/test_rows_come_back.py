"""A migration that changes rows, deployed by the command and taken back by it; users write before, between and after."""

from __future__ import annotations

import pytest
from acceptance_site import Site

STRICT = "[targets.local.policy]\nloss_blocks = true"
BASE = """
create table public.people (id int primary key, name text not null, email text unique, age int);
create table public.pets (
  id int generated always as identity primary key, owner int references public.people on delete cascade, name text
);
create table public.loose (a int, b text);
insert into public.people select i, 'name ' || i, 'mail' || i || '@x', i from generate_series(1, 200) i;
insert into public.pets (owner, name) select i, 'pet ' || i from generate_series(1, 50) i;
insert into public.loose values (1, 'one'), (1, 'one'), (2, 'two');
"""


@pytest.fixture
def strict(site: Site) -> Site:
    site.configure(local=STRICT)
    site.execute(BASE)
    return site


def _deploy(site: Site, *more: str):
    return site.deploy("--skip", "preflight", "--skip", "verify", "--skip", "hazards", *more)


def _tables(site: Site) -> dict[str, list]:
    return {one: site.rows(f"select t::text from public.{one} as t order by 1") for one in ("people", "pets", "loose")}


MIGRATIONS = {
    "delete with its children": "delete from public.people where id <= 20;",
    "added column": "alter table public.people add column shout text; update public.people set shout = upper(name);",
    "dropped column": "update public.people set name = name || age; alter table public.people drop column age;",
    "truncate cascade and fill": (
        "truncate public.people cascade; insert into public.people values (1, 'one', null, 1), (500, 'more', null, 5);"
    ),
    "truncate in a block": "do $$ begin execute 'trun' || 'cate public.pets'; end $$;",
    "block": "do $$ declare p record; begin for p in select * from public.people loop"
    " update public.people set age = 0 where id = p.id; end loop; end $$;",
    "without a key": "update public.loose set b = upper(b); delete from public.loose where a = 2;",
    "in parts": "update public.people set age = 1;\ncreate index concurrently i on public.people (age);\n"
    "update public.people set age = age + 1, name = lower(name);",
    "batches that commit": (
        "do $$ begin for lo in 0..200 by 50 loop delete from public.people where id > lo and id <= lo + 50 and id % 3 = 0;"
        " commit; end loop; end $$;"
    ),
    "new table filled from an old one": (
        "create table public.names as select id, name from public.people; update public.people set name = '-';"
    ),
}


@pytest.mark.parametrize("text", MIGRATIONS.values(), ids=MIGRATIONS.keys())
def test_rows_come_back(strict: Site, text: str) -> None:
    before, dump = _tables(strict), strict.dump()
    strict.migration("20260101000000_rows.sql", text)
    ended = _deploy(strict)
    assert ended.exit == 0, ended.stderr
    assert _tables(strict) != before or "added" in text or "shout" in text
    assert strict.rows("select tgname from pg_trigger where tgname like 'haulback%'") == []
    ended = strict.rollback()
    assert ended.exit == 0, ended.stderr
    assert _tables(strict) == before
    assert strict.dump() == dump


def test_the_users_of_a_changed_row_win_and_are_listed(strict: Site) -> None:
    strict.migration("20260101000000_rows.sql", "update public.people set age = 0; delete from public.pets;")
    assert _deploy(strict).exit == 0
    strict.execute(
        "update public.people set age = 77 where id = 7; update public.people set name = 'eight' where id = 8;"
        " insert into public.people (id, name) values (201, 'new')"
    )
    ended = strict.rollback()
    assert ended.exit == 0, ended.stderr
    people = {row[0]: row[1:] for row in strict.rows("select id, name, age from public.people")}
    assert people[7] == ("name 7", 77)
    assert people[8] == ("eight", 8)
    assert people[201] == ("new", None)
    assert strict.value("select count(*) from public.pets") == 50
    captures = strict.run("attic", "list", "--json").document["captures"]
    assert {"changed by a user since": 1} in [one["left"] for one in captures]


def test_a_migration_that_switches_the_triggers_off_is_rolled_back(strict: Site) -> None:
    before = _tables(strict)
    strict.migration(
        "20260101000000_rows.sql",
        "do $$ declare one record; begin for one in select tgname from pg_trigger where tgname like 'haulback_note%'"
        " and tgrelid = 'public.people'::regclass loop execute format('drop trigger %I on public.people', one.tgname);"
        " end loop; end $$; update public.people set age = 0;",
    )
    ended = _deploy(strict, "--accept-loss", "none")
    assert ended.exit in {3, 4}, ended.stderr
    assert _tables(strict) == before
    ended = _deploy(strict, "--accept-loss", "20260101000000")
    assert ended.exit == 0, ended.stderr


def test_what_holds_over_a_dropped_column_is_put_on_again(strict: Site) -> None:
    strict.execute(
        "alter table public.pets add column code int not null default 0, add column friend int references public.people;"
        " update public.pets set code = id, friend = id;"
        " alter table public.pets add constraint pets_code_key unique (code), add check (code > 0);"
        " create index pets_friend on public.pets (friend) where friend > 3"
    )
    before, dump = _tables(strict), strict.dump()
    strict.migration("20260101000000_rows.sql", "alter table public.pets drop column code, drop column friend;")
    assert _deploy(strict).exit == 0
    ended = strict.rollback()
    assert ended.exit == 0, ended.stderr
    assert strict.dump() == dump
    assert _tables(strict) == before


def test_rows_that_nobody_touched_and_that_cannot_come_back_are_no_success(strict: Site) -> None:
    """A user takes the e-mail that a row had before: the row waits in the attic until he lets go of it."""
    strict.migration("20260101000000_rows.sql", "update public.people set email = id || '@new';")
    assert _deploy(strict).exit == 0
    strict.execute("insert into public.people (id, name, email) values (300, 'new', 'mail1@x')")
    ended = strict.rollback()
    assert (ended.exit, ended.document["error"]) == (5, "rollback-incomplete")
    assert "1 of public.people" in ended.document["message"]
    assert strict.value("select email from public.people where id = 1") == "1@new"
    assert strict.value("select email from public.people where id = 2") == "mail2@x"
    strict.execute("update public.people set email = null where id = 300")
    assert strict.rollback().exit == 0
    assert strict.value("select email from public.people where id = 1") == "mail1@x"


@pytest.mark.parametrize(
    "damage", ["update haulback_attic.{} set age = 5 where id = 7", "drop table haulback_attic.{}"]
)
def test_a_damaged_capture_is_found_before_anything_is_changed(strict: Site, damage: str) -> None:
    strict.migration(
        "20260101000000_rows.sql", "update public.people set age = 0; alter table public.pets drop column name;"
    )
    assert _deploy(strict).exit == 0
    after, dump = _tables(strict), strict.dump()
    strict.execute(damage.format(strict.value("select attic_table from haulback.capture where kind = 'changed rows'")))
    ended = strict.rollback()
    assert (ended.exit, ended.document["error"]) == (5, "rollback-incomplete")
    assert "public.people" in ended.document["message"]
    assert (_tables(strict), strict.dump()) == (after, dump)
