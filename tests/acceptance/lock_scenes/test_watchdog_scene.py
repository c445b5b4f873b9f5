"""A migration that keeps others waiting past the budget is ended, and that is a clean end."""

from __future__ import annotations

import pytest
from acceptance_site import BARE, Site, until
from scene_sessions import busy

QUICK = (*BARE, "--skip", "snapshot", "--skip", "validate")
READ = "select count(*) from public.orders"
SLOW = """
create function public.slow(total int) returns bigint language plpgsql volatile as
$$ begin perform pg_catalog.pg_sleep(0.05); return total; end $$;
"""


@pytest.fixture
def orders(site: Site) -> Site:
    site.execute("create table public.orders (id int primary key, total int default 0);")
    site.execute("insert into public.orders select generate_series(1, 400)")
    site.execute(SLOW)
    return site


def test_a_long_rewrite_ends_when_readers_wait_and_nothing_has_changed(orders: Site) -> None:
    orders.migration(
        "1_rewrite.sql",
        "create table public.other (id int primary key);\n\n"
        "alter table public.orders\n  alter column total type bigint using public.slow(total);\n",
    )
    before = orders.dump()
    with busy(orders, READ) as one, busy(orders, READ) as other:
        ended = orders.deploy(*QUICK)

    assert ended.exit == 4
    message = ended.document["message"]
    assert "1_rewrite.sql:3:1 (alter table public.orders alter column total type bigint" in message
    assert "with AccessExclusiveLock on public.orders, which kept pid " in message
    assert "the lock budget is 1 s" in message
    assert "at a quieter time" in ended.document["hint"]
    assert orders.dump() == before
    assert (one.failures, other.failures) == ([], [])
    assert one.done
    assert other.done


def test_writers_who_wait_for_rows_are_not_kept_longer_either(orders: Site) -> None:
    orders.configure(deploy='lock_budget = "600ms"')
    orders.migration("1_fill.sql", "update public.orders set total = 7;\nselect pg_catalog.pg_sleep(20);\n")
    with busy(orders, "update public.orders set total = total where id = 3") as writer:
        ended = orders.deploy(*QUICK)

    assert ended.exit == 4
    assert "1_fill.sql:2:1 (select pg_catalog.pg_sleep(20))" in ended.document["message"]
    assert "with locks on rows of public.orders, which kept pid " in ended.document["message"]
    assert writer.failures == []
    assert orders.value("select count(*) from public.orders where total = 7") == 0


def test_nobody_is_ended_where_nobody_waits(orders: Site) -> None:
    orders.configure(deploy='lock_budget = "300ms"')
    orders.migration("1_quiet.sql", "alter table public.orders add column note text;\nselect pg_catalog.pg_sleep(1);\n")
    assert orders.deploy(*QUICK).exit == 0


def test_what_only_waits_itself_is_tried_again(orders: Site) -> None:
    """VACUUM FULL has the whole patience to wait in, with every reader behind it."""
    orders.migration("1_full.sql", "vacuum full public.orders;\n")
    with orders.connect(autocommit=False) as idle:
        idle.execute(READ)
        with busy(orders, READ) as reads:
            started = orders.start("deploy", "--yes", "--json", *QUICK)
            waiting = until(lambda: started.heard("waiting"), "a line that says who blocks")
            before = reads.done
            until(lambda: reads.done > before + 50, "reads beside a VACUUM FULL that gave way")
            idle.rollback()
            ended = started.ended()

    assert waiting["tries"] == 1
    assert ended.exit == 0
    assert reads.failures == []
