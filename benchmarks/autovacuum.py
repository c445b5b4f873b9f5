"""ALTER TABLE on a table under autovacuum, with readers at 50/s: until it is through, and what the readers see.

A real worker, slowed down so that it outlasts the scene. It gives way only to who waits longer than deadlock_timeout
(1 s), so that one try of ours is longer than the others; peers simply wait for it, with everybody behind them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from time import monotonic, sleep

import psycopg

import _peers as peers
from _measure import fresh_database, served
from haulback.pg.cluster import SUPERUSER, Running
from readers import ALTER, SLOW, Readers

RUNS = int(os.environ.get("HAULBACK_BENCH_RUNS", "3"))
SLOWLY = "autovacuum_enabled = on, autovacuum_vacuum_cost_delay = 100, autovacuum_vacuum_cost_limit = 1"
WORKER = """
select count(*) from pg_catalog.pg_stat_activity
 where backend_type = 'autovacuum worker' and query like '%public.orders%'
"""


def scene(running: Running, runner: peers.Runner, url: str) -> str:
    fresh_database(running)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "create table public.orders (id bigint primary key, amount integer, body text)"
            " with (autovacuum_enabled = off, autovacuum_vacuum_threshold = 1)"
        )
        connection.execute("insert into public.orders select n, n, repeat('x', 1000) from generate_series(1, 4000) n")
        connection.execute("update public.orders set amount = amount + 1")
        connection.execute(f"alter table public.orders set ({SLOWLY})")
    with psycopg.connect(running.conninfo(SUPERUSER, "bench"), autocommit=True) as operator:
        while not operator.execute(WORKER).fetchall()[0][0]:
            sleep(0.05)
    readers = Readers(url)
    sleep(0.5)
    begun = monotonic()
    done = subprocess.run(
        runner.command,
        cwd=runner.folder,
        env={**os.environ, **runner.environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    seconds = monotonic() - begun
    readers.stop()
    waits = [wait for due, wait in readers.waits if begun <= due <= begun + seconds]
    slow = sum(wait > SLOW for wait in waits)
    return (
        f"{runner.name:<16} through in {seconds:5.2f} s (exit {done.returncode})   longest pause"
        f" {max(waits, default=0) * 1000:6.0f} ms   slower than 50 ms: {slow} of {len(waits)}"
        f"   refused {readers.refused}"
    )


def main() -> None:
    sys.stdout.write(f"{ALTER} under autovacuum; 50 reads a second; {RUNS} runs each\n")
    with served(platform=False) as (_, running):
        url = fresh_database(running)
        with psycopg.connect(running.conninfo(SUPERUSER, "template1"), autocommit=True) as operator:
            operator.execute("alter system set autovacuum_naptime = '1s'")
            operator.execute("select pg_reload_conf()")
        for _ in range(RUNS):
            root = Path(tempfile.mkdtemp(prefix="haulback-bench-"))
            try:
                for runner in peers.runners(root, running, url, ALTER):
                    sys.stdout.write(scene(running, runner, url) + "\n")
                    sys.stdout.flush()
            finally:
                shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
