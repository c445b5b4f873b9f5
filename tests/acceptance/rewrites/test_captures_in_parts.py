"""A file that runs in parts keeps what each of its transactions takes away, and all of it comes back."""

from __future__ import annotations

import pytest
from acceptance_site import Ended, Site

from haulback.pg.catalog.reader import read

ROWS = 500


@pytest.fixture
def orders(site: Site) -> Site:
    site.execute(
        "create table public.orders (id bigint primary key, note text, total int, code text);"
        "create table public.gone (id bigint primary key, body text);"
        f" insert into public.orders select n, 'note ' || n, n, 'code ' || n from generate_series(1, {ROWS}) as n;"
        f" insert into public.gone select n, 'body ' || n from generate_series(1, {ROWS}) as n"
    )
    return site


def _deploy(site: Site, *arguments: str) -> Ended:
    return site.run("deploy", "--yes", "--json", "--skip", "preflight", "--skip", "verify", *arguments)


def _fingerprint(site: Site) -> str:
    with site.connect() as connection:
        return read(connection).fingerprint_without_order


def _image(site: Site) -> list[tuple]:
    return site.rows(
        "select id, note, total, code, body from public.orders left join public.gone using (id) order by id"
    )


PARTS = {
    "an index first": "create index concurrently orders_total on public.orders (total);\n"
    "alter table public.orders drop column note;",
    "several": "alter table public.orders drop column note;\ncommit;\nalter table public.orders drop column code;\n"
    "commit;\ndrop table public.gone;",
    "dynamic": "do $$ begin execute 'alter table public.orders drop ' || 'column note'; end $$;\ncommit;\n"
    "do $$ begin execute 'drop ' || 'table public.gone'; end $$;\nvacuum public.orders;",
}


@pytest.mark.parametrize("text", PARTS.values(), ids=PARTS)
def test_what_parts_take_away_comes_back(orders: Site, text: str) -> None:
    before, schema = _image(orders), _fingerprint(orders)
    orders.migration("1_parts.sql", text)
    done = _deploy(orders)
    assert done.exit == 0, done.stdout + done.stderr
    orders.execute("insert into public.orders (id, total) values (1000, 1); delete from public.orders where id = 1")
    taken = orders.rollback()
    assert taken.exit == 0, taken.stdout + taken.stderr
    assert _fingerprint(orders) == schema
    now = {row[0]: row for row in _image(orders)}
    assert now.pop(1000)[2] == 1
    assert now == {row[0]: row for row in before if row[0] != 1}


def test_what_no_transaction_takes_away_is_refused(orders: Site) -> None:
    orders.migration(
        "1_parts.sql",
        "create index concurrently orders_total on public.orders (total);\n"
        "do $$ begin alter table public.orders drop column note; commit; end $$;",
    )
    refused = _deploy(orders)
    assert refused.exit in {3, 4}
    assert orders.value("select count(note) from public.orders") == ROWS
