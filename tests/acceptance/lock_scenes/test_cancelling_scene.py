"""On request, sessions that block us in an old transaction are ended; only those, and it is told."""

from __future__ import annotations

import psycopg
import pytest
from acceptance_site import BARE, Ended, Site, until
from scene_sessions import holding

from haulback.pg.cluster import SUPERUSER

QUICK = (*BARE, "--skip", "snapshot", "--skip", "validate")
READ = "select count(*) from public.orders"
CANCEL = ("--cancel-blockers-older-than", "1")
OLD = """
select pg_catalog.count(*) filter (where xact_start < pg_catalog.clock_timestamp() - interval '1.1 s')
  from pg_catalog.pg_stat_activity where application_name like 'blocker%%'
"""


@pytest.fixture
def orders(site: Site) -> Site:
    site.execute("create table public.orders (id int primary key)")
    site.migration("1_note.sql", "alter table public.orders add column note text;\n")
    return site


def _old_for_operator(site: Site) -> int:
    with site.operator() as operator:
        row = operator.execute(OLD.replace("%%", "%")).fetchone()
    return row[0]


def _notes(ended: Ended) -> str:
    """What was told of other sessions."""
    texts = [one["text"] for one in ended.events if one["event"] == "note"]
    return "\n".join(text for text in texts if text.startswith(("ending pid ", "pid ")))


def test_an_idle_transaction_is_ended_and_both_the_journal_and_the_progress_say_so(orders: Site) -> None:
    with holding(orders, READ, "blocker one") as idle:
        pid = idle.info.backend_pid
        until(lambda: orders.value(OLD), "an old transaction")
        ended = orders.deploy(*QUICK, *CANCEL)
        with pytest.raises(psycopg.OperationalError):
            idle.execute("select 1")

    assert ended.exit == 0
    assert f"ending pid {pid} (blocker one, idle in transaction for " in _notes(ended)
    journaled = "\n".join(
        row[0] for row in orders.rows("select detail ->> 'note' from haulback.entry where step = 'blockers'")
    )
    assert f"pid {pid} was ended" in journaled
    assert journaled == _notes(ended)


def test_a_running_statement_is_cancelled_and_its_session_lives(orders: Site) -> None:
    orders.configure(deploy='cancel_blockers_older_than = "1s"')
    with psycopg.connect(orders.server.conninfo("postgres", orders.database), application_name="blocker") as other:
        other.execute(READ)
        other.pgconn.send_query(b"select pg_catalog.pg_sleep(600)")
        pid = other.info.backend_pid
        until(lambda: orders.value(OLD), "an old transaction")
        ended = orders.deploy(*QUICK)
        while other.pgconn.get_result():
            pass
        assert other.info.transaction_status == psycopg.pq.TransactionStatus.INERROR
        other.rollback()
        assert other.execute("select 1").fetchone() == (1,)

    assert ended.exit == 0
    assert f"pid {pid} was cancelled" in _notes(ended)


def test_a_young_transaction_is_left_alone(orders: Site) -> None:
    orders.configure(deploy='patience = "1s"')
    with holding(orders, READ, "blocker") as young:
        ended = orders.deploy(*QUICK, "--cancel-blockers-older-than", "3600")
        assert young.execute("select 1").fetchone() == (1,)

    assert ended.exit == 4
    assert _notes(ended) == ""


def test_who_may_not_end_a_session_is_told_so(orders: Site) -> None:
    orders.configure(deploy='patience = "2s"')
    with holding(orders, READ, "blocker of a superuser", SUPERUSER) as stronger:
        pid = stronger.info.backend_pid
        until(lambda: _old_for_operator(orders), "an old transaction")
        ended = orders.deploy(*QUICK, *CANCEL)
        assert stronger.execute("select 1").fetchone() == (1,)

    assert ended.exit == 4
    told = [line for line in _notes(ended).splitlines() if "is not ended" in line]
    assert len(told) == 1
    assert f"pid {pid}" in told[0]


def test_an_index_built_concurrently_waits_for_nobody_that_is_old(orders: Site) -> None:
    """It waits inside of one statement for every transaction that is older, whatever that one does."""
    orders.migration("2_index.sql", "create index concurrently orders_by on public.orders (id);\n")
    orders.migration("1_note.sql", "create table public.other (id int);\n")
    with holding(orders, "begin isolation level repeatable read; select 1", "blocker of an index") as idle:
        pid = idle.info.backend_pid
        until(lambda: orders.value(OLD), "an old transaction")
        ended = orders.deploy(*QUICK, *CANCEL)

    assert ended.exit == 0
    assert f"pid {pid} was ended" in _notes(ended)
    assert [one for one in ended.events if one["event"] == "waiting"] == []
