"""Readers at 50/s while an idle transaction holds the table and a migration wants to alter it; ours beside its peers.

The idle transaction has read the table and ends after HOLD seconds. Each read is measured from the moment at which it
was due, so that a read that could not even be sent counts with its whole wait.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import psycopg

import _peers as peers
from _measure import fresh_database, served
from haulback.pg.cluster import Running

HOLD = float(os.environ.get("HAULBACK_BENCH_HOLD", "10"))  # seconds
RUNS = int(os.environ.get("HAULBACK_BENCH_RUNS", "3"))
RATE, THREADS = 50, 25
SLOW = 0.05  # seconds
ALTER = "alter table public.orders add column note text"


@dataclass(frozen=True)
class Scene:
    """What the readers saw, and how long after the end of the idle transaction the migration was through."""

    reads: int
    refused: int
    slow: int
    longest: float
    after: float
    failed: str

    def line(self, name: str) -> str:
        share = 100 * self.slow / max(self.reads, 1)
        through = self.failed or f"through {self.after:6.2f} s after it ended"
        return (
            f"{name:<16} longest pause {self.longest * 1000:8.0f} ms   slower than 50 ms {share:5.1f} %"
            f"   refused {self.refused}   of {self.reads}   {through}"
        )


class Readers:
    """Reads at a fixed rate, whoever waits."""

    def __init__(self, url: str) -> None:
        self._url, self._over = url, threading.Event()
        self._next, self._lock = 0, threading.Lock()
        self._begun = monotonic()
        self.waits: list[tuple[float, float]] = []  # when it was due, how late it was answered
        self.refused = 0
        self._threads = [threading.Thread(target=self._read, daemon=True) for _ in range(THREADS)]
        for one in self._threads:
            one.start()

    def _read(self) -> None:
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._over.is_set():
                with self._lock:
                    due = self._begun + self._next / RATE
                    self._next += 1
                if (early := due - monotonic()) > 0:
                    sleep(early)
                try:
                    connection.execute("select amount from public.orders where id = 17").fetchall()
                except psycopg.Error:
                    self.refused += 1
                self.waits.append((due, monotonic() - due))

    def stop(self) -> None:
        self._over.set()
        for one in self._threads:
            one.join()


def scene(running: Running, runner: peers.Runner, url: str) -> Scene:
    fresh_database(running)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("create table public.orders (id bigint primary key, amount integer)")
        connection.execute("insert into public.orders select n, n from pg_catalog.generate_series(1, 10000) as n")
    idle = psycopg.connect(url)
    idle.execute("select 1 from public.orders limit 1")
    readers = Readers(url)
    sleep(1)
    process = subprocess.Popen(
        runner.command,
        cwd=runner.folder,
        env={**os.environ, **runner.environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    begun = monotonic()
    sleep(HOLD)
    idle.rollback()
    ended = monotonic()
    try:
        said, _ = process.communicate(timeout=60)
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
    after = monotonic() - ended
    idle.close()
    readers.stop()
    waits = [wait for due, wait in readers.waits if begun <= due <= ended]
    failed = "" if process.returncode == 0 else f"failed: {said.strip().splitlines()[-1] if said.strip() else ''}"
    slow = sum(wait > SLOW for wait in waits)
    return Scene(len(waits), readers.refused, slow, max(waits, default=0.0), after, failed)


def main() -> None:
    sys.stdout.write(f"{ALTER}; an idle transaction for {HOLD:.0f} s; {RATE} reads a second; {RUNS} runs each\n")
    with served(platform=False) as (_, running):
        url = fresh_database(running)
        for _ in range(RUNS):
            root = Path(tempfile.mkdtemp(prefix="haulback-bench-"))
            try:
                for runner in peers.runners(root, running, url, ALTER):
                    sys.stdout.write(scene(running, runner, url).line(runner.name) + "\n")
                    sys.stdout.flush()
            finally:
                shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
