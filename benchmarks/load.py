"""pgbench at half its peak rate (open loop) while ten mixed migrations are deployed, beside the same load alone.

Every transaction's lateness is measured from the moment at which it was due (pgbench -R, latency with schedule lag).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from time import sleep

import psycopg

import _peers as peers
from _measure import fresh_database, served
from haulback.pg import binaries
from haulback.pg.cluster import Running

SECONDS = int(os.environ.get("HAULBACK_BENCH_SECONDS", "25"))
SCALE, CLIENTS = 10, 8

MIGRATIONS = (
    "alter table pgbench_accounts add column note text",
    "create index concurrently accounts_balance on pgbench_accounts (abalance)",
    "create table public.audit (id bigint generated always as identity primary key, aid integer, at timestamptz)",
    "alter table public.audit add constraint audit_aid_fkey foreign key (aid) references pgbench_accounts (aid)",
    "alter table pgbench_tellers add constraint tellers_filled check (tbalance is not null) not valid",
    "alter table pgbench_tellers validate constraint tellers_filled",
    "create view public.totals as select bid, sum(abalance) as total from pgbench_accounts group by bid",
    """create function public.total(integer) returns bigint language sql stable set search_path = ''
       as 'select sum(a.abalance) from public.pgbench_accounts as a where a.bid = $1'""",
    "alter table pgbench_branches alter column filler set default ''",
    "alter table pgbench_tellers drop column filler",
)


@dataclass(frozen=True)
class Load:
    """One run: lateness of each transaction in milliseconds, in order of size."""

    late: tuple[float, ...]
    failed: int

    def line(self, name: str) -> str:
        last = len(self.late) - 1
        half, most = self.late[last // 2], self.late[last]
        nearly = self.late[int(last * 0.999)]
        return (
            f"{name:<14} {len(self.late):7d} transactions   median {half:7.1f} ms   p99.9 {nearly:7.1f} ms"
            f"   latest {most:7.1f} ms   failed {self.failed}"
        )


class Bench:
    """pgbench against the database `bench` of one server."""

    def __init__(self, running: Running, folder: Path) -> None:
        self._folder = folder
        self._program = str(binaries.embedded().program("pgbench"))
        self._environment = {
            **os.environ,
            "PGHOST": str(running.socket_dir),
            "PGPORT": str(running.port),
            "PGUSER": "postgres",
            "PGDATABASE": "bench",
        }

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            [self._program, *arguments],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"pgbench failed with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done.stdout

    def peak(self) -> float:
        said = self.run("-n", "-c", str(CLIENTS), "-j", "2", "-T", "6")
        found = re.search(r"tps = ([\d.]+) \(without", said)
        assert found
        return float(found[1])

    def load(self, rate: float, name: str) -> Load:
        log = self._folder / name
        said = self.run(
            *("-n", "-c", str(CLIENTS), "-j", "2", "-T", str(SECONDS), "-R", f"{rate:.0f}"),
            *("--log", f"--log-prefix={log}", "--failures-detailed"),
        )
        lines = [line.split() for file in self._folder.glob(f"{name}.*") for line in file.read_text().splitlines()]
        late = sorted(int(line[2]) / 1000 for line in lines if line[2].isdigit())
        failed = re.search(r"number of failed transactions: (\d+)", said)
        return Load(tuple(late), int(failed[1]) if failed else 0)


def deployed(url: str, folder: Path, told: list[str]) -> None:
    sleep(3)
    done = subprocess.run(
        [*peers.HAULBACK, "deploy", "--yes", "--json"],
        cwd=folder,
        env={**os.environ, "DATABASE_URL": url, "ENVIRONMENT": "development"},
        capture_output=True,
        text=True,
        check=False,
    )
    told.append(f"deploy exit {done.returncode}: {done.stdout.strip().splitlines()[-1][:160]}")


def main() -> None:
    root = Path(tempfile.mkdtemp(prefix="haulback-bench-"))
    try:
        with served() as (_, running):
            url = fresh_database(running)
            migrations = root / "supabase/migrations"
            migrations.mkdir(parents=True)
            (root / "haulback.toml").write_text("")
            for number, statement in enumerate(MIGRATIONS, start=1):
                (migrations / f"{number:04d}_step.sql").write_text(statement + ";\n")
            bench = Bench(running, root)
            bench.run("-i", "-q", "-s", str(SCALE))
            peak = bench.peak()
            sys.stdout.write(f"peak {peak:.0f} transactions a second; loaded with half of it for {SECONDS} s\n")
            sys.stdout.write(bench.load(peak / 2, "alone").line("alone") + "\n")
            told: list[str] = []
            thread = threading.Thread(target=deployed, args=(url, root, told))
            thread.start()
            sys.stdout.write(bench.load(peak / 2, "deploying").line("deploying") + "\n")
            thread.join()
            sys.stdout.write("\n".join(told) + "\n")
            with psycopg.connect(url) as connection:
                count = connection.execute("select count(*) from supabase_migrations.schema_migrations").fetchall()
                sys.stdout.write(f"{count[0][0]} of {len(MIGRATIONS)} migrations in the history\n")
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
