"""What capturing costs the migration alone: UPDATE and DELETE of a million rows, noted and bare, in turns."""

from __future__ import annotations

import os
import sys
from time import perf_counter

import psycopg

from _measure import Figure, fresh_database, served
from haulback.capture.changes import arming
from haulback.journal.journal import Journal

ROWS = int(os.environ.get("HAULBACK_BENCH_ROWS", "1000000"))
RUNS = int(os.environ.get("HAULBACK_BENCH_RUNS", "3"))
STATEMENTS = {
    "update all": "update public.t set a = a + 1",
    "update a tenth": "update public.t set a = a + 1 where id % 10 = 0",
    "delete all": "delete from public.t",
    "delete a third": "delete from public.t where id % 3 = 0",
}
TABLE = f"""
drop table if exists public.t;
create table public.t (id bigint primary key, a int, b text, c text, d timestamptz, e numeric);
insert into public.t
select n, n, 'row ' || n, repeat('x', 40), now(), n * 1.5 from pg_catalog.generate_series(1, {ROWS}) as n;
create index on public.t (a);
"""


def once(connection: psycopg.Connection, statement: str, *, noted: bool) -> float:
    """Seconds of the statement with its commit."""
    connection.execute(TABLE.encode())
    connection.execute("vacuum analyze public.t")
    connection.execute("select pg_catalog.pg_stat_force_next_flush()")
    deployment = Journal(connection).begin("hash", {}, "here", "development")
    if noted:
        with connection.transaction():
            arming.arm(connection, deployment, "public.t")
    begun = perf_counter()
    with connection.transaction():
        if noted:
            arming.guard(connection, deployment)
        connection.execute(statement.encode())
    return perf_counter() - begun


def main() -> None:
    sys.stdout.write(f"{ROWS:,} rows of about 100 bytes with two indexes, {RUNS} runs each\n")
    with (
        served(platform=False) as (_, running),
        psycopg.connect(fresh_database(running), autocommit=True) as connection,
    ):
        Journal(connection).install()
        for name, statement in STATEMENTS.items():
            bare, noted = [], []
            for _ in range(RUNS):
                bare.append(once(connection, statement, noted=False))
                noted.append(once(connection, statement, noted=True))
            floor = Figure("bare", tuple(bare))
            sys.stdout.write(f"{name}\n  {floor.line(floor)}\n  {Figure('noted', tuple(noted)).line(floor)}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
