"""What capturing costs a migration of a million rows, beside the same migration without it, in turns.

Three parts, each a multiple of the migration alone: ahead of its transaction (the copy, while users write; without the
rests that a deployment takes between ranges), inside it (under its locks), and after its commit (counting, sorting).
Seconds are those of the clock; `cpu` is what the server's process worked, which tells more on a busy machine.
"""

from __future__ import annotations

import os
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import psycopg

from _measure import fresh_database, served
from haulback.capture import attic, registry, retyping
from haulback.capture.changes import arming, settling
from haulback.capture.copying import CopyAhead
from haulback.capture.planning import plan_captures
from haulback.journal.journal import Journal
from haulback.model.capture import CaptureKind, Keeps, PlannedCopy
from haulback.model.deployment import Deployment
from haulback.pg.catalog.reader import read

ROWS = int(os.environ.get("HAULBACK_BENCH_ROWS", "1000000"))
RUNS = int(os.environ.get("HAULBACK_BENCH_RUNS", "3"))
MIGRATIONS = {
    "update all": "update public.t set a = a + 1",
    "update a tenth": "update public.t set a = a + 1 where id % 10 = 0",
    "delete all": "delete from public.t",
    "delete a third": "delete from public.t where id % 3 = 0",
    "change a type, int to bigint": "alter table public.t alter a type bigint",
    "change a type, by another column": "alter table public.t alter a type bigint using a + length(c)",
    "add a column": "alter table public.t add column f int",
}
EMPTY = """
drop table if exists public.t;
create table public.t (id bigint primary key, a int, b text, c text, d timestamptz, e numeric);
"""
FILL = f"""
insert into public.t
select n, n, 'row ' || n, repeat('x', 40), now(), n * 1.5 from pg_catalog.generate_series(1, {ROWS}) as n;
create index on public.t (a);
"""
HERTZ = os.sysconf("SC_CLK_TCK")


@dataclass
class Took:
    """Seconds of the clock and of the server's processor."""

    wall: float = 0.0
    cpu: float = 0.0


Run = dict[str, Took]  # what each part of one run took: ahead, inside, after
LINES = {
    "inside the transaction": ("inside",),
    "and ahead of it: total": ("inside", "ahead"),
    "after its commit, more": ("after",),
}


def worked(pid: int) -> float:
    """Seconds that a process was on a processor; 0 where no /proc tells."""
    try:
        words = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(words[11]) + int(words[12])) / HERTZ


@contextmanager
def timed(connection: psycopg.Connection, took: Took) -> Iterator[None]:
    pid = connection.info.backend_pid
    begun, before = perf_counter(), worked(pid)
    yield
    took.wall, took.cpu = perf_counter() - begun, worked(pid) - before


def planned(connection: psycopg.Connection, migration: str) -> Sequence[PlannedCopy]:
    """What is copied ahead, told as a rehearsal does: from the schemas around it."""
    connection.execute(EMPTY.encode())
    before = read(connection)
    with connection.transaction(force_rollback=True):
        connection.execute(migration.encode())
        after = read(connection)
    return plan_captures(before, after).copies


def once(connection: psycopg.Connection, migration: str, *, captured: bool) -> Run:
    run = {part: Took() for part in ("ahead", "inside", "after")}
    copies = planned(connection, migration) if captured else ()
    rows_change = migration.startswith(("update", "delete"))
    connection.execute(EMPTY.encode())
    connection.execute(FILL.encode())
    connection.execute("vacuum analyze public.t")
    deployment = Journal(connection).begin("hash", {}, "here", "development")
    ahead = [CopyAhead(deployment, one, Keeps.BEFORE) for one in copies]
    with timed(connection, run["ahead"]):
        if captured and rows_change:
            with connection.transaction():
                arming.arm(connection, deployment, "public.t")
        for one in ahead:
            one.arm(connection)
            one.copy(connection, share=1.0)
    with timed(connection, run["inside"]), connection.transaction():
        if captured and rows_change:
            connection.execute("select pg_catalog.set_config('haulback.noting', %s, true)", [str(deployment.number)])
        for one in ahead:
            one.finish(connection)
        connection.execute(migration.encode())
        if ahead:
            retyping.keep_after(connection, deployment, migration)
    with timed(connection, run["after"]):
        settle(connection, deployment)
    clear(connection, deployment)
    return run


def settle(connection: psycopg.Connection, deployment: Deployment) -> None:
    for capture in registry.captures(connection, deployment.id):
        if capture.kind is CaptureKind.CHANGED_ROWS:
            settling.settle(connection, capture)
        attic.count(connection, capture)


def clear(connection: psycopg.Connection, deployment: Deployment) -> None:
    arming.disarm(connection, deployment)
    for capture in registry.captures(connection, deployment.id):
        attic.purge(connection, capture)


def ratio(bare: Sequence[Run], captured: Sequence[Run], parts: Sequence[str], clock: str) -> str:
    """The parts in multiples of the migration alone, pair by pair: the median and its spread."""
    each = [
        sum(getattr(mine[part], clock) for part in parts) / (getattr(alone["inside"], clock) or 0.01)
        for alone, mine in zip(bare, captured, strict=True)
    ]
    return f"x {statistics.median(each):5.2f} [{min(each):.2f} .. {max(each):.2f}]"


def report(name: str, bare: Sequence[Run], captured: Sequence[Run]) -> None:
    wall, cpu = (statistics.median(getattr(run["inside"], clock) for run in bare) for clock in ("wall", "cpu"))
    sys.stdout.write(f"{name}: {wall:.3f} s alone, cpu {cpu:.2f} s\n")
    for line, parts in LINES.items():
        told = (ratio(bare, captured, parts, clock) for clock in ("wall", "cpu"))
        sys.stdout.write("  {}  {}   cpu {}\n".format(line, *told))
    sys.stdout.flush()


def main() -> None:
    sys.stdout.write(f"{ROWS:,} rows of about 100 bytes with two indexes, {RUNS} pairs of runs each\n")
    with (
        served(platform=False) as (_, running),
        psycopg.connect(fresh_database(running), autocommit=True) as connection,
    ):
        Journal(connection).install()
        for name, migration in MIGRATIONS.items():
            bare, captured = [], []
            for _ in range(RUNS):
                bare.append(once(connection, migration, captured=False))
                captured.append(once(connection, migration, captured=True))
            report(name, bare, captured)


if __name__ == "__main__":
    main()
