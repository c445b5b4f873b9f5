"""A disk that is too small for what a deployment keeps: refused before anything is touched."""

from __future__ import annotations

import psycopg
import pytest
from acceptance_site import Site

ROWS = 20_000
TABLE = f"""
create table public.orders (id bigint primary key, note text);
insert into public.orders select i, repeat(md5(i::text), 4) from generate_series(1, {ROWS}) as i;
"""
DROP = "alter table public.orders drop column note;"
ACCEPTED = ("--accept", "drop-column")


def size(site: Site) -> int:
    """Bytes of what lies in the attic, indexes included."""
    query = """
        select coalesce(sum(pg_total_relation_size(c.oid)), 0)::int8 from pg_class as c
         where c.relnamespace = 'haulback_attic'::regnamespace and c.relkind = 'r' and c.relname like 'd%'
    """
    return int(site.value(query))


def only_so_large(site: Site, free: int) -> None:
    """The target may fill the disk with no more than `free` bytes besides what is there."""
    query = """
        select (sum(pg_database_size(oid)) + pg_size_bytes(current_setting('max_wal_size')))::int8 from pg_database
         where has_database_privilege(oid, 'connect')
    """
    site.configure(local=f"disk_size = {int(site.value(query)) + free}")


def test_too_small_a_disk_is_refused_before_the_start(site: Site) -> None:
    site.execute(TABLE)
    site.migration("1_drop.sql", DROP)
    only_so_large(site, 1_000_000)
    before = site.dump()

    ended = site.deploy(*ACCEPTED)

    assert ended.exit == 3, ended.stderr
    assert "attic-space fail: disk_size of" in ended.document["message"]
    assert "free" in ended.document["message"]
    assert "`haulback plan`" in ended.document["hint"]
    assert site.dump() == before
    assert site.value("select to_regnamespace('haulback') is null and to_regnamespace('haulback_attic') is null")
    # Room is made: the same command works, and what was told before is what it took.
    only_so_large(site, 50_000_000)
    planned = site.run("plan", "--json").document["capture"]
    ended = site.deploy(*ACCEPTED)
    assert ended.exit == 0, ended.stderr
    assert [one["text"] for one in ended.events if "in the attic" in one.get("text", "")]
    assert 0.5 < planned["disk"] / size(site) < 2
