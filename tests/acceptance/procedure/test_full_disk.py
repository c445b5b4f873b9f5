"""A file system that fills up in the middle of a migration: told plainly, nothing lost, and the rerun works."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from acceptance_site import BARE, Site

from haulback.pg.cluster import SUPERUSER, Running
from small_disks import SmallDisk, small_disk

QUICK = (*BARE, "--skip", "snapshot", "--skip", "capture", "--skip", "validate")


@pytest.fixture
def small(tmp_path: Path) -> Iterator[SmallDisk]:
    """A file system of 16 MB."""
    with small_disk(tmp_path / "small", "16m") as disk:
        yield disk


def test_a_full_disk_loses_nothing_and_the_rerun_works(
    site: Site, small: SmallDisk, tmp_path: Path, acceptance_server: Running
) -> None:
    site.execute("create table public.orders (id int primary key); insert into public.orders values (1)")
    with psycopg.connect(acceptance_server.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
        connection.execute(f"create tablespace small location '{tmp_path}/small'")
    try:
        with site.operator() as connection:
            connection.execute("grant create on tablespace small to postgres")
        before = site.dump()
        site.migration("1_good.sql", "create table public.first (id int primary key);")
        site.migration(
            "2_large.sql",
            "create table public.large (id int, filler text) tablespace small;\n"
            "insert into public.large select n, repeat(md5(n::text), 20) from generate_series(1, 60000) as n;\n",
        )

        ended = site.deploy("--skip", "rehearsal", "--skip", "preflight", "--skip", "snapshot", "--skip", "verify")

        assert ended.exit == 4
        assert "2_large.sql:2:1: " in ended.document["message"]
        assert "No space left on device" in ended.document["message"]
        assert "(53100)" in ended.document["message"]
        assert ended.document["hint"]
        assert site.dump() == before
        assert site.rows("select * from public.orders") == [(1,)]
        # Space is made: the same command works.
        small.grow("128m")
        assert site.deploy(*QUICK).exit == 0
        assert site.value("select count(*) from public.large") == 60000
        assert site.exists("public.first")
    finally:
        site.execute("drop table if exists public.large")
        with psycopg.connect(acceptance_server.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
            _drop_tablespace(site, connection)


def _drop_tablespace(site: Site, connection: psycopg.Connection) -> None:
    with site.operator() as own:
        own.execute("drop schema if exists haulback_attic cascade")
    connection.execute("drop tablespace small")
