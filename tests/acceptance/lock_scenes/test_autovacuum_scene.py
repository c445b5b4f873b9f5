"""Autovacuum gives way only to who waits longer than deadlock_timeout, and to nobody where it prevents wraparound."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from acceptance_servers import open_site, serve
from acceptance_site import BARE, Ended, Site, until
from scene_sessions import busy

from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER, Running

QUICK = (*BARE, "--skip", "snapshot", "--skip", "validate")
READ = "select count(*) from public.orders"
ALTER = "alter table public.orders add column note text;\n"
# One page every tenth of a second: a vacuum that lasts as long as a scene.
SLOW = "autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1, autovacuum_vacuum_threshold = 1"
WORKER = """
select pid, query like '%%(to prevent wraparound)'
  from pg_catalog.pg_stat_activity
 where datname = pg_catalog.current_database() and backend_type = 'autovacuum worker'
   and query like '%%public.orders%%'
"""


@pytest.fixture(scope="module")
def restless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server of its own, where autovacuum looks round every second."""
    for server in serve(tmp_path_factory.mktemp("restless"), binaries.embedded()):
        with psycopg.connect(server.conninfo(SUPERUSER, "template1"), autocommit=True) as operator:
            for setting in ("autovacuum_naptime = '1s'", "synchronous_commit = off", "autovacuum_max_workers = 5"):
                operator.execute(f"alter system set {setting}")
            operator.execute("select pg_reload_conf()")
        yield server


@pytest.fixture
def site(restless: Running, tmp_path: Path, shared_home: Path) -> Iterator[Site]:
    """A project of its own on that server."""
    yield from open_site(restless, tmp_path, shared_home)


@pytest.fixture
def orders(site: Site) -> Site:
    site.execute("create table public.orders (id int primary key, body text) with (autovacuum_enabled = off)")
    site.execute("insert into public.orders select n, repeat('x', 1000) from generate_series(1, 4000) as n")
    site.execute("update public.orders set body = body || 'y'")
    site.migration("1_note.sql", ALTER)
    return site


def _worker(site: Site) -> tuple[int, bool]:
    """The worker that vacuums the table, once it is there."""

    def look() -> list[tuple[int, bool]]:
        with site.operator() as operator:
            return operator.execute(WORKER.replace("%%", "%")).fetchall()

    return until(look, "autovacuum of the table")[0]


def _notes(ended: Ended) -> list[str]:
    return [one["text"] for one in ended.events if one["event"] == "note"]


def test_one_last_resort_is_announced_and_counted_apart(orders: Site) -> None:
    orders.execute(f"alter table public.orders set (autovacuum_enabled = on, {SLOW})")
    pid, wraparound = _worker(orders)
    with busy(orders, READ) as reads:
        ended = orders.deploy(*QUICK)

    assert not wraparound
    assert ended.exit == 0
    told = [one for one in ended.events if one["event"] == "waiting"]
    assert [one["tries"] for one in told] == [1]
    assert f"pid {pid} (autovacuum" in told[0]["blockers"][0]
    resorts = [one for one in _notes(ended) if "the last resort: one try of 1.2 s" in one]
    assert len(resorts) == 1
    assert reads.failures == []
    assert reads.done


def test_against_wraparound_there_is_no_last_resort(orders: Site) -> None:
    orders.configure(deploy='patience = "5s"')
    orders.execute("alter table public.orders set (autovacuum_freeze_max_age = 100000)")
    with orders.connect() as connection:
        connection.execute("set synchronous_commit = off")
        connection.execute("do $$ begin for i in 1..100100 loop perform txid_current(); commit; end loop; end $$")
    orders.execute(f"alter table public.orders set (autovacuum_enabled = on, {SLOW})")
    pid, wraparound = _worker(orders)
    with busy(orders, READ) as reads:
        ended = orders.deploy(*QUICK, "--cancel-blockers-older-than", "0.1")

    assert wraparound
    assert ended.exit == 4
    assert f"pid {pid} (autovacuum to prevent wraparound" in ended.document["message"]
    notes = "\n".join(_notes(ended))
    assert "gives way to nobody" in notes
    assert "it may be preventing wraparound" in notes
    assert "last resort" not in notes
    assert reads.failures == []
    assert _worker(orders)[0] == pid
