"""Promise 4, killed between any two statements of a migration in parts, and while any of them runs."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import psycopg
import pytest
from kill_site import DIED, MOST, Site, site_at

pytestmark = pytest.mark.timeout(900)

BASE = {
    "001_base.sql": """
create table public.orders (id bigint primary key, total numeric not null default 0);
insert into public.orders select n, n from generate_series(1, 20000) as n;
create index orders_old on public.orders (total, id);
create table public.batched (id int primary key, runs int not null default 0);
insert into public.batched select generate_series(1, 5);
create type public.mood as enum ('busy');
""",
}
PARTS = {
    "002_parts.sql": """
create index concurrently orders_total on public.orders (total);
create table public.extra (id int primary key, mood public.mood);
alter type public.mood add value 'calm';
vacuum public.orders;
do $$
begin
  for batch in 1..5 loop
    update public.batched set runs = 1 where id = batch;
    commit;
  end loop;
end $$;
drop index concurrently public.orders_old;
""",
}
STATEMENTS = 6
SKIP = ("rehearsal", "snapshot", "validate", "verify")


@pytest.fixture
def parts(home: Path, tmp_path: Path, killer: subprocess.Popen[str]) -> Site:
    return site_at(home, tmp_path, killer, BASE, "based_for_parts")


def _is_deployed(connection: psycopg.Connection) -> None:
    """Everything is there, once and whole."""
    newest = "select detail ->> 'state' from haulback.entry where event = 'state' order by sequence desc limit 1"
    assert connection.execute(newest).fetchone() == ("deployed",)
    indexes = connection.execute(
        "select c.relname, i.indisvalid from pg_index i join pg_class c on c.oid = i.indexrelid"
        " where i.indrelid = 'public.orders'::regclass order by 1"
    ).fetchall()
    assert indexes == [("orders_pkey", True), ("orders_total", True)]
    assert connection.execute("select enum_range(null::public.mood)::text").fetchone() == ("{busy,calm}",)
    assert connection.execute("select to_regclass('public.extra') is not null").fetchone() == (True,)
    assert connection.execute("select sum(runs) from public.batched").fetchone() == (5,)
    assert connection.execute("select count(*) from public.orders").fetchone() == (20000,)
    done = connection.execute(
        "select unit, count(*) from haulback.entry where step = 'unit' and event = 'done' group by 1 order by 1"
    ).fetchall()
    assert done == [(f"002#{number}", 1) for number in range(1, STATEMENTS + 1)]


@pytest.mark.parametrize("when", ["sent", "answered", "before"])
def test_one_rerun_ends_it(parts: Site, when: str) -> None:
    killed = 0
    for number in range(1, MOST):
        parts.reset("based_for_parts")
        parts.write(BASE | PARTS)
        code, result = parts.run(when, number, SKIP)
        if code != DIED:
            assert code == 0, result
            break
        killed += 1
        code, result = parts.run(skip=SKIP)
        assert code == 0, (number, result)
        with parts.connect() as connection:
            _is_deployed(connection)
    # Every statement; before each entry: intent and outcome of those that allow no transaction, too.
    assert killed >= {"sent": STATEMENTS, "answered": STATEMENTS, "before": 2 * STATEMENTS}[when]


@pytest.mark.parametrize("earlier", [0, STATEMENTS - 1])
def test_a_concurrent_statement_that_ends_half_way_is_cleared_up(parts: Site, earlier: int) -> None:
    """An older transaction keeps it waiting; then we die, and so does the backend that we leave."""
    parts.write(BASE | PARTS)
    if earlier:
        # The statement whose outcome was not noted is sent once more before the one that waits.
        assert parts.run("answered", earlier, SKIP)[0] == DIED
    with parts.connect() as older, parts.connect() as operator:
        older.execute("begin isolation level repeatable read")
        older.execute("select from public.orders")
        assert parts.run("sent", 2 if earlier else 1, SKIP)[0] == DIED
        invalid = "select count(*) from pg_index where not indisvalid or not indisready"
        until = time.monotonic() + 30
        while operator.execute(invalid).fetchone() != (1,) and time.monotonic() < until:
            operator.rollback()
            time.sleep(0.01)  # the server has the statement, and may not have begun with it
        # Its name tells the backend of a deployment.
        ended = operator.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name like 'haulback/%/work'"
        )
        assert ended.fetchall() in ([(True,)], [])
        assert operator.execute(invalid).fetchone() == (1,)
        older.rollback()

    assert parts.run(skip=SKIP)[0] == 0
    with parts.connect() as connection:
        _is_deployed(connection)
