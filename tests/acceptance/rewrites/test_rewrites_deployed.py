"""Rewrites of the longer kind, deployed, taken back, and taken up after a kill in the middle of their batches."""

from __future__ import annotations

import signal

import pytest
from acceptance_site import Ended, Site, until

from haulback.pg.catalog.reader import read

ROWS = 30_000
SWAP = "alter table public.orders alter column total type bigint;"
FILL = "alter table public.orders add column token uuid not null default gen_random_uuid();"


@pytest.fixture
def orders(site: Site) -> Site:
    """A table that takes longer to be written anew than the lock budget allows."""
    site.configure(deploy="lock_budget = 0.2")
    site.execute(
        "create table public.orders (id bigint primary key, total int not null default 5, note text);"
        " create index orders_total on public.orders (total);"
        f" insert into public.orders (id, note, total) select n, repeat('note ', 50) || n, n from generate_series(1, {ROWS}) as n;"
        " analyze public.orders"
    )
    return site


def _deploy(site: Site, *arguments: str) -> Ended:
    return site.run("deploy", "--yes", "--json", "--rewrite", "--skip", "preflight", "--skip", "verify", *arguments)


def _fingerprint(site: Site) -> str:
    with site.connect() as connection:
        return read(connection).fingerprint_without_order


@pytest.mark.parametrize("text", [SWAP, FILL])
def test_rehearsed_it_raises_nothing_that_the_file_as_written_raises(orders: Site, text: str) -> None:
    orders.configure(deploy="lock_budget = 0.2", local='environment = "production"')
    orders.migration("1_change.sql", text)
    plain = _serious(orders.run("plan", "--json"))
    assert plain & {"type-change", "volatile-default"}
    # However it is done, clients of GraphQL get a column of another type.
    assert _serious(orders.run("plan", "--json", "--rewrite")) == plain & {"contract-broken"}


def test_a_value_that_does_not_fit_takes_all_of_it_back(orders: Site) -> None:
    orders.execute("update public.orders set note = id::text; update public.orders set note = 'none' where id = 20000")
    before, rows = _fingerprint(orders), orders.rows("select * from public.orders order by id")
    orders.migration("1_change.sql", "alter table public.orders alter column note type int using note::int;")
    failed = _deploy(orders)
    assert failed.exit == 4, failed.stdout + failed.stderr
    assert _fingerprint(orders) == before
    assert orders.rows("select * from public.orders order by id") == rows


def test_what_an_earlier_file_changes_is_not_swapped(orders: Site) -> None:
    orders.migration("1_index.sql", "create index orders_note on public.orders (note, total);")
    orders.migration("2_change.sql", SWAP)
    planned = orders.run("plan", "--json", "--rewrite", "--no-rehearse").document
    assert ["rewrite" in one for one in planned["migrations"]] == [True, False]


def _serious(planned: Ended) -> set[str]:
    return {one["id"] for one in planned.document["hazards"]["hazards"] if one["level"] != "note"}


@pytest.mark.parametrize("text", [SWAP, FILL])
def test_deployed_and_taken_back(orders: Site, text: str) -> None:
    before, rows = _fingerprint(orders), orders.rows("select id, note, total from public.orders order by id")
    orders.migration("1_change.sql", text)
    done = _deploy(orders)
    assert done.exit == 0, done.stdout + done.stderr
    assert "the rewritten text ends in the same schema as the file as written" in done.stdout
    assert ("stands elsewhere among the columns" in done.stdout) == (text == SWAP)
    assert orders.value("select count(*) from pg_class where relname ~ '^haulback' or relname = 'orders'") == 1
    orders.execute("insert into public.orders (id, note, total) values (100000, 'new', 8)")
    taken = orders.rollback()
    assert taken.exit == 0, taken.stdout + taken.stderr
    assert _fingerprint(orders) == before
    assert orders.rows("select id, note, total from public.orders where id <> 100000 order by id") == rows
    assert orders.rows("select note, total from public.orders where id = 100000") == [("new", 8)]


@pytest.mark.parametrize("text", [SWAP, FILL])
def test_killed_between_batches_it_is_taken_up_with_the_same_text(orders: Site, text: str) -> None:
    orders.migration("1_change.sql", text)
    column = "haulback_total" if text == SWAP else "token"
    arguments = ("deploy", "--yes", "--json", "--rewrite", "--skip", "preflight", "--skip", "verify")
    started = orders.start(*arguments)
    there = f"select count(*) from pg_attribute where attrelid = 'public.orders'::regclass and attname = '{column}'"
    until(lambda: orders.value(there), "the new column")
    until(lambda: orders.value(f"select count({column}) from public.orders"), "the first batch")
    started.process.send_signal(signal.SIGKILL)
    started.ended()
    assert orders.value(f"select count({column}) from public.orders") > 0
    # Without --rewrite: what was begun is what the journal holds.
    done = orders.run("deploy", "--yes", "--json", "--skip", "preflight", "--skip", "verify")
    assert done.exit == 0, done.stdout + done.stderr
    assert done.document["resumed"] is True
    kept = "total" if text == SWAP else "token"
    assert orders.rows(f"select count({kept}), count(distinct {kept}), count(*) from public.orders") == [(ROWS,) * 3]
    assert orders.value("select count(*) from pg_proc where proname ~ '^haulback_orders'") == 0
    assert orders.value("select count(*) from pg_trigger where tgname ~ '^haulback'") == 0
    assert orders.value("select array_agg(version) from supabase_migrations.schema_migrations") == ["1"]
