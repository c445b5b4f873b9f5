"""`haulback restore table --into`: the rows of a backup in a table of their own, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from acceptance_site import Site

from haulback.modules.engagement_events.module import load

TABLES = """
create type public.mood as enum ('glad', 'sad');
create table public.orders (id int primary key, note text not null, feels public.mood, twice int generated always as (id * 2) stored);
insert into public.orders select n, E'note\\t' || n, 'glad' from generate_series(1, 3000) as n;
create table public.loose (a int, b text);
insert into public.loose values (1, 'x'), (1, 'x'), (2, null);
"""
ADA, BEN = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa", "bbbbbbbb-bbbb-4bbb-8bbb-bbbbbbbbbbbb"


@pytest.fixture
def taken(site: Site) -> str:
    site.execute(TABLES)
    words = ("backup", "run", "--table", "public.orders", "--table", "public.loose", "--json")
    return str(site.run(*words).document["id"])


def into(site: Site, table: str, taken: str, name: str, *more: str) -> dict[str, object]:
    return site.run("restore", "table", table, "--from", taken, "--into", name, "--yes", "--json", *more).document


def test_all_rows_are_beside_and_nobody_else_may_read_them(site: Site, taken: str) -> None:
    site.execute("delete from public.orders where id > 5")
    done = into(site, "orders", taken, "orders_before")
    assert (done["exit"], done["into"], done["rows"], done["erased"]) == (0, "public.orders_before", 3000, 0)
    assert site.value("select count(*) from public.orders") == 5
    assert site.value("select note from public.orders_before where id = 7") == "note\t7"
    assert site.rows("select attname from pg_index i join pg_attribute a on a.attrelid = indrelid and a.attnum = indkey[0]"
                     " where indrelid = 'public.orders_before'::regclass and indisprimary") == [("id",)]  # fmt: skip
    roles = "select has_table_privilege(r, 'public.orders_before', 'select') from unnest('{anon,authenticated,service_role}'::text[]) as r"
    assert site.rows(roles) == [(False,)] * 3
    assert site.value("select relrowsecurity from pg_class where oid = 'public.orders_before'::regclass")


def test_no_key_is_refused_where_rows_are_compared_and_comes_back_beside(site: Site, taken: str) -> None:
    refused = site.run("restore", "table", "loose", "--from", taken, "--json").document
    assert (refused["exit"], refused["error"]) == (3, "no-key-to-compare-by")
    assert "--into" in refused["hint"]
    assert into(site, "loose", taken, "public.loose_before")["rows"] == 3
    assert site.rows("select a, b from public.loose_before order by a") == [(1, "x"), (1, "x"), (2, None)]
    site.execute("drop table public.loose")
    assert into(site, "loose", taken, "loose")["rows"] == 3


def test_nothing_is_made_where_it_cannot_be_made_whole(site: Site, taken: str) -> None:
    assert into(site, "orders", taken, "loose")["error"] == "into-taken"
    assert into(site, "orders", taken, "nowhere.orders")["error"] == "into-not-possible"
    assert into(site, "orders", taken, "a.b.c")["exit"] == 2
    assert into(site, "orders", taken, "before", "--missing")["exit"] == 2
    site.execute("alter table public.orders drop column feels; drop type public.mood")
    assert into(site, "orders", taken, "before")["error"] == "into-not-possible"
    assert not site.exists("public.before")
    (rows,) = (site.home / "backups").glob(f"*/{taken}/0001.copy.zst")
    spoiled(rows)
    site.execute("create type public.mood as enum ('glad', 'sad')")
    assert into(site, "orders", taken, "before")["error"] == "backup-damaged"
    assert not site.exists("public.before")


def spoiled(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def test_rows_of_erased_users_are_left_out(site: Site) -> None:
    for migration in load().migrations:
        site.execute(migration.text)
    site.execute(f"insert into auth.users (id, email) values ('{ADA}', 'a@example.test'), ('{BEN}', 'b@example.test')")
    site.execute(
        "insert into public.engagement_events (user_id, event_type, value) select u, 'view', '{}'"
        f" from unnest('{{{ADA},{BEN}}}'::uuid[]) as u, generate_series(1, 10)"
    )
    taken = str(site.run("backup", "run", "--json").document["id"])
    with site.operator() as operator:
        operator.execute("select public.delete_user_data(%s)", [BEN])
    done = into(site, "engagement_events", taken, "events_before")
    assert (done["rows"], done["erased"]) == (10, 10)
    assert site.rows("select distinct user_id::text from public.events_before") == [(ADA,)]
