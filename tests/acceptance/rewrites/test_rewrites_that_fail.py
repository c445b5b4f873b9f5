"""A rewritten file whose rows do not fit fails as the file as written does: nothing of it is left."""

from __future__ import annotations

import pytest
from acceptance_site import Site

from haulback.pg.catalog.reader import read

TABLE = (
    "create table public.orders (id bigint primary key, note text, total int, parent bigint);"
    " insert into public.orders select n, 'n' || n, n, n from generate_series(1, 40000) as n;"
    " insert into public.orders values (50000, null, 1, 70000); analyze public.orders"
)


@pytest.mark.parametrize(
    "command",
    [
        "add constraint once unique (total)",
        "alter column note set not null",
        "add constraint above foreign key (parent) references public.orders (id)",
        "add constraint large check (total < 40000)",
        "add column code smallserial",
        "alter column note type varchar(5)",
    ],
)
def test_nothing_is_left(site: Site, command: str) -> None:
    site.configure(deploy="lock_budget = 0.01")
    site.execute(TABLE)
    before, rows = _fingerprint(site), site.rows("select * from public.orders order by id")
    site.migration("1_change.sql", f"alter table public.orders {command};")
    failed = site.run("deploy", "--yes", "--json", "--rewrite", "--skip", "preflight", "--skip", "verify")
    assert "rewritten: 1" in failed.stdout
    assert failed.exit == 4, failed.stdout + failed.stderr
    assert _fingerprint(site) == before
    assert site.rows("select * from public.orders order by id") == rows
    assert site.value("select count(*) from pg_constraint where conname ~ '^haulback_orders'") == 0


def _fingerprint(site: Site) -> str:
    with site.connect() as connection:
        return read(connection).fingerprint
