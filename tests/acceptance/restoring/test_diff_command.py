"""`haulback diff` as a user types it."""

from __future__ import annotations

import psycopg
import pytest
from acceptance_site import Site

from haulback.pg.cluster import SUPERUSER

TABLE = """
create table public.orders (id int primary key, note text not null);
insert into public.orders select n, 'note ' || n from generate_series(1, 300) as n;
"""


@pytest.fixture
def before(site: Site) -> str:
    """The address of the database as it was before harm was done."""
    site.execute(TABLE)
    name = f"{site.database}_before"
    with psycopg.connect(site.server.conninfo(SUPERUSER, "template1"), autocommit=True) as admin:
        admin.execute(f"create database {name} template {site.database} owner postgres")
    site.execute("delete from public.orders where id <= 9; update public.orders set note = 'private' where id = 10")
    return site.server.url("postgres", name)


def test_a_difference_is_no_failure_and_shows_no_value(site: Site, before: str) -> None:
    done = site.run("diff", "--against", before, "--table", "orders", "--json")
    assert (done.exit, done.document["equal"]) == (0, False)
    (orders,) = done.document["tables"]
    assert (orders["missing"], orders["changed"], orders["extra"]) == (9, 1, 0)
    assert [row["key"] for row in orders["first"]["missing"]] == ["1", "2", "3", "4", "5"]
    assert "private" not in done.stdout + done.stderr
    told = site.run("diff", "--against", before, "--table", "orders", "--limit", "1", "--values")
    assert "  missing  9  1, …" in told.stdout
    assert "      note: note 10 -> private" in told.stdout


def test_what_cannot_be_meant_is_refused(site: Site, before: str) -> None:
    assert site.run("diff", "--json").exit == 2
    assert site.run("diff", "some-id", "--against", before, "--json").exit == 2
    assert site.run("diff", "20260131T130512Z-pitr-0a1b2c", "--json").document["error"] == "no-such-recovery"
