"""A disk that is too small for what a deployment keeps: refused before anything is touched."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from acceptance_site import Site

from haulback.pg.cluster import SUPERUSER, Running
from small_disks import small_disk

ROWS = 20_000
TABLE = f"""
create table public.orders (id bigint primary key, note text);
insert into public.orders select i, repeat(md5(i::text), 4) from generate_series(1, {ROWS}) as i;
"""
DROP = "alter table public.orders drop column note;"
ACCEPTED = ("--accept", "drop-column")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system of 2 MB."""
    with small_disk(tmp_path / "small", "2m"):
        yield tmp_path / "small"


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


def test_a_few_rows_of_a_large_table_need_little(site: Site) -> None:
    """The planner of the target is asked: what an UPDATE might change at most would never fit here."""
    site.execute(TABLE + "analyze public.orders;")
    site.migration("1_mend.sql", "update public.orders set note = 'mended' where id <= 10;")
    only_so_large(site, 1_000_000)

    (kept,) = site.run("plan", "--json").document["capture"]["kept"]

    assert (kept["kind"], kept["table"], kept["bound"]) == ("changed rows", "public.orders", False)
    assert 5 <= kept["rows"] <= 20
    assert kept["disk"] < 100_000


def test_a_block_may_change_all_rows(site: Site) -> None:
    site.execute(TABLE)
    site.migration("1_block.sql", "do $$ begin update public.orders set note = 'x' where id = 1; end $$;")
    only_so_large(site, 1_000_000)

    planned = site.run("plan", "--json").document

    (kept,) = planned["capture"]["kept"]
    assert kept["rows"] == pytest.approx(ROWS, rel=0.2)
    assert kept["bound"]
    (space,) = (one for one in planned["checks"] if one["id"] == "attic-space")
    assert (space["outcome"], space["blocks"]) == ("unknown", False)
    assert "at most" in space["figure"]


def test_a_plan_that_keeps_nothing_asks_for_no_room(site: Site) -> None:
    site.execute(TABLE)
    site.migration("1_add.sql", "alter table public.orders add column extra int;")
    site.configure(local='disk_size = "1MB"')

    ended = site.deploy("--skip", "verify")

    assert ended.exit == 0, ended.stderr
    (space,) = (one for one in ended.document["checks"] if one["id"] == "attic-space")
    assert (space["outcome"], space["figure"]) == ("pass", "nothing is kept")
    # Without a rehearsal nobody knows what the next plan keeps, and the whole database would not fit.
    site.migration("2_drop.sql", DROP)
    (space,) = (one for one in site.run("preflight", "--json").document["checks"] if one["id"] == "attic-space")
    assert (space["outcome"], space["blocks"]) == ("unknown", False)
    assert "not rehearsed" in space["figure"]


def test_a_table_for_a_small_tablespace_is_refused(site: Site, small: Path, acceptance_server: Running) -> None:
    """The attic's tables go where the role's new tables go, and that is where there must be room."""
    site.execute(TABLE)
    site.migration("1_drop.sql", DROP)
    with psycopg.connect(acceptance_server.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
        connection.execute(f"create tablespace tight location '{small}'")
    try:
        with site.operator() as connection:
            connection.execute("grant create on tablespace tight to postgres")
            connection.execute(f'alter role postgres in database "{site.database}" set default_tablespace = tight')
        before = site.dump()

        ended = site.deploy(*ACCEPTED)

        assert ended.exit == 3, ended.stderr
        assert f"attic-space fail: {small}: " in ended.document["message"]
        assert site.dump() == before
        assert site.value("select to_regnamespace('haulback') is null")
    finally:
        with site.operator() as connection:
            connection.execute(f'alter role postgres in database "{site.database}" reset default_tablespace')
        with psycopg.connect(acceptance_server.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
            connection.execute("drop tablespace tight")
