"""What the benchmarks share: a server, repeated whole-process runs, a table of medians with their spread."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import psycopg

from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER, Cluster, Running


@dataclass(frozen=True)
class Figure:
    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    def line(self, floor: Figure) -> str:
        low, high = min(self.seconds), max(self.seconds)
        ratio = self.median / floor.median
        return f"{self.name:<28} {self.median:8.3f} s  [{low:.3f} .. {high:.3f}]  x {ratio:6.2f} of {floor.name}"


@contextmanager
def served(found: binaries.Binaries | None = None, **options: bool) -> Iterator[tuple[Path, Running]]:
    """A durable server in a folder of its own, gone at the end; the embedded one unless told otherwise."""
    home = Path(tempfile.mkdtemp(prefix="haulback-bench-"))
    cluster = Cluster(home, "main", found or binaries.embedded(), **options)
    try:
        yield home, cluster.start()
    finally:
        for folder in (home / "clusters").iterdir():
            if folder.is_dir():
                Cluster(home, folder.name, binaries.embedded()).destroy()
        shutil.rmtree(home, ignore_errors=True)


def fresh_database(running: Running, name: str = "bench") -> str:
    """An empty database of that name, owned by postgres; returns its URL."""
    with psycopg.connect(running.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
        connection.execute(f"drop database if exists {name} with (force)")
        connection.execute(f"create database {name} owner postgres template template0 strategy file_copy")
    return running.url(database=name)


def timed(command: list[str], folder: Path, **environment: str) -> float:
    """Seconds of one whole process; a failure ends the benchmark with what it said."""
    begun = perf_counter()
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    seconds = perf_counter() - begun
    if done.returncode:
        sys.exit(f"{command[0]} failed with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return seconds


def interleaved(runs: int, *measures: tuple[str, Callable[[], float]]) -> list[Figure]:
    """Runs them in turns, so that a slow minute of the machine meets all of them."""
    found: dict[str, list[float]] = {name: [] for name, _ in measures}
    for _ in range(runs):
        for name, measure in measures:
            found[name].append(measure())
    return [Figure(name, tuple(seconds)) for name, seconds in found.items()]
