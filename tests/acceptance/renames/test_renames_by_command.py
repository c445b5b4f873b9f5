"""Renames by the command: deployed after a rehearsal, written to, taken back; nothing copied that is only renamed."""

from __future__ import annotations

import pytest
from acceptance_site import Site

BASE = """
create table public.people (
  id bigint primary key, first text not null, last text not null, nick text, mood text not null default 'good'
);
create index people_last on public.people (last);
create table public.notes (id bigint primary key, person bigint references public.people, body text);
create view public.named as select id, first || ' ' || last as name from public.people;
insert into public.people (id, first, last, nick) select n, 'first ' || n, 'last ' || n, 'nick ' || n
  from generate_series(1, 100) as n;
insert into public.notes select n, n, 'body ' || n from generate_series(1, 100) as n;
"""
# Columns renamed and swapped, a table moved, and a column dropped by the second file that the first one renames.
FIRST = """
alter table public.people rename column nick to alias;
alter table public.people rename column last to surname;
alter table public.people rename column mood to temper;
create schema archive;
alter table public.notes set schema archive;
"""
SECOND = """
alter table public.people rename to persons;
alter table public.persons drop column alias;
alter table public.persons rename column first to x;
alter table public.persons rename column surname to first;
alter table public.persons rename column x to surname;
alter table archive.notes rename column body to text;
create table public.people (id bigint primary key, label text);
"""


@pytest.fixture
def renamed(site: Site) -> Site:
    site.migration("20260101000000_base.sql", BASE)
    assert site.deploy("--skip", "rehearsal", "--skip", "preflight").exit == 0
    site.migration("20260102000000_first.sql", FIRST)
    site.migration("20260103000000_second.sql", SECOND)
    return site


def test_names_and_what_users_wrote_come_back(renamed: Site) -> None:
    schema = renamed.dump()
    rows = renamed.rows("select * from public.people order by id")
    deployed = renamed.deploy("--skip", "hazards", "--skip", "preflight")
    assert deployed.exit == 0, deployed.stderr
    copied = renamed.rows("select identity, detail -> 'columns' from haulback.capture where keeps = 'before'")
    assert copied == [("public.people", ["nick"])]
    renamed.execute(
        """
        update public.persons set first = 'mine', surname = 'too' where id = 7;
        insert into public.persons (id, first, surname) values (101, 'new', 'one');
        update archive.notes set text = 'changed' where id = 7;
        insert into archive.notes values (101, 101, 'another');
        insert into public.people values (1, 'kept in the attic');
        """
    )
    back = renamed.rollback()
    assert back.exit == 0, back.stderr
    now = renamed.dump()
    # The column that was dropped stands last; all that was renamed stands where it stood.
    assert sorted(line.rstrip(",") for line in now.splitlines()) == sorted(
        line.rstrip(",") for line in schema.splitlines()
    )
    columns = [name for (name,) in renamed.rows(_COLUMNS)]
    assert columns == ["id", "first", "last", "mood", "nick"]
    found = {row[0]: row for row in renamed.rows("select id, first, last, nick, mood from public.people")}
    expected = {row[0]: row for row in rows}
    expected[7] = (7, "too", "mine", "nick 7", "good")
    expected[101] = (101, "one", "new", None, "good")
    assert found == expected
    assert renamed.rows("select body from public.notes where id in (7, 101) order by id") == [
        ("changed",),
        ("another",),
    ]
    assert renamed.rows("select identity from haulback.capture where keeps = 'after'") == [("public.people",)]


def test_only_renamed_the_schema_is_the_same_to_the_letter(renamed: Site) -> None:
    (renamed.folder / "supabase" / "migrations" / "20260103000000_second.sql").unlink()
    schema = renamed.dump()
    assert renamed.deploy("--skip", "hazards", "--skip", "preflight").exit == 0
    renamed.execute("update public.people set surname = 'mine' where id = 7")
    assert renamed.value("select count(*) from haulback.capture") == 0
    back = renamed.rollback()
    assert back.exit == 0, back.stderr
    assert renamed.dump() == schema
    assert renamed.value("select last from public.people where id = 7") == "mine"
    assert renamed.value("select count(*) from haulback.capture") == 0


_COLUMNS = """
select attname::text from pg_catalog.pg_attribute
 where attrelid = 'public.people'::regclass and attnum > 0 and not attisdropped order by attnum
"""


def test_an_extension_goes_and_comes_back_with_what_was_made_of_it(site: Site) -> None:
    site.migration("20260101000000_base.sql", "create table public.things (id bigint primary key);")
    assert site.deploy("--skip", "rehearsal", "--skip", "preflight").exit == 0
    schema = site.dump()
    site.migration(
        "20260102000000_bags.sql",
        """
        create extension hstore with schema public;
        create table public.bags (id bigint primary key, what public.hstore not null, tags public.hstore[]);
        create view public.sizes as select id, what from public.bags;
        alter table public.things add column bag public.hstore;
        """,
    )
    deployed = site.deploy("--skip", "hazards", "--skip", "preflight")
    assert deployed.exit == 0, deployed.stderr
    site.execute(
        """
        insert into public.bags values (1, 'a=>"b c"', '{d=>e}');
        insert into public.things values (1, 'f=>g');
        """
    )
    back = site.rollback()
    assert back.exit == 0, back.stderr
    assert site.dump() == schema
    again = site.deploy("--skip", "hazards", "--skip", "preflight", "--with-attic")
    assert again.exit == 0, again.stderr
    assert site.rows("select what -> 'a', tags[1] -> 'd' from public.bags") == [("b c", "e")]
    assert site.rows("select bag -> 'f' from public.things") == [("g",)]
