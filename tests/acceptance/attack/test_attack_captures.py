"""What a migration destroys comes back, or the command says that it cannot: odd names, circles, a damaged attic."""

from __future__ import annotations

import pytest
from acceptance_site import Ended, Site

PLAIN = ("--skip", "preflight", "--skip", "verify")
ORDERS = (
    "create table public.orders (id int primary key, note text); insert into public.orders values (1, 'a'), (2, 'b')"
)
NOTES = "select string_agg(id || note, ',' order by id) from public.orders"
DROPS = "alter table public.orders drop column note"


def _there_and_back(site: Site, base: str, migration: str) -> Ended:
    site.execute(base)
    before = site.dump()
    site.migration("20260101000000_attack.sql", migration)
    assert site.deploy(*PLAIN).exit == 0
    assert site.dump() != before
    ended = site.rollback()
    assert ended.exit == 0, ended.stderr
    assert site.dump() == before
    return ended


def test_foreign_keys_in_a_circle(site: Site) -> None:
    ended = _there_and_back(
        site,
        "create table public.a (id int primary key, b int);"
        "create table public.b (id int primary key, a int references public.a);"
        "alter table public.a add foreign key (b) references public.b deferrable initially deferred;"
        "begin; insert into public.a values (1, 1); insert into public.b values (1, 1); commit",
        "drop table public.a cascade; drop table public.b cascade",
    )
    assert site.rows("select a.id, b.id from public.a join public.b on b.a = a.id and a.b = b.id") == [(1, 1)]
    assert "did not go back" not in ended.stdout


def test_an_identity_column_and_percent_signs_in_names(site: Site) -> None:
    _there_and_back(
        site,
        'create table public."100% ""sure"" %s" ("id %s" int primary key, "b % ""x" text,'
        " made int generated always as identity);"
        'insert into public."100% ""sure"" %s" values (1, \'%s\'), (2, null)',
        'alter table public."100% ""sure"" %s" drop column made, drop column "b % ""x"',
    )
    found = site.rows('select made, "id %s", "b % ""x" from public."100% ""sure"" %s" order by 2')
    assert found == [(1, 1, "%s"), (2, 2, None)]


def test_a_dropped_schema_with_percent_signs(site: Site) -> None:
    _there_and_back(
        site,
        'create schema "my %s s"; create table "my %s s"."t %s" (id serial primary key, "%(most)s" text);'
        'insert into "my %s s"."t %s" ("%(most)s") values (\'x\'), (\'y\')',
        'drop schema "my %s s" cascade',
    )
    assert site.value('select count("%(most)s") from "my %s s"."t %s"') == 2


def test_a_column_dropped_by_execute(site: Site) -> None:
    _there_and_back(site, ORDERS, f"do $$ begin execute '{DROPS}'; end $$")
    assert site.value(NOTES) == "1a,2b"


def test_a_migration_that_drops_the_attic_is_refused(site: Site) -> None:
    site.execute(ORDERS)
    site.migration("20260101000000_attack.sql", f"{DROPS}; drop schema haulback_attic cascade")
    ended = site.deploy(*PLAIN)
    assert ended.exit == 3
    assert "attic" in ended.document["message"]
    assert site.value(NOTES) == "1a,2b"


@pytest.mark.parametrize("damage", ["delete from {} where id = 1", "update {} set note = 'forged'", "drop table {}"])
def test_a_damaged_capture_is_told_and_not_used(site: Site, damage: str) -> None:
    site.execute(ORDERS)
    site.migration("20260101000000_attack.sql", DROPS)
    assert site.deploy(*PLAIN).exit == 0
    kept = site.value("select format('haulback_attic.%I', attic_table) from haulback.capture")
    site.execute(damage.format(kept))
    listed = site.run("attic", "list", "--verify", "--json")
    assert (listed.exit, listed.document["captures"][0]["state"]) == (3, "damaged")
    dump = site.dump()
    assert site.rollback().exit == 5
    assert site.dump() == dump  # found before anything is changed
