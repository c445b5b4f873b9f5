"""One per cent of two million events put back: compared and restored by the command, beside pg_restore of it all.

Half of the rows were deleted and half changed. `by the sidecar` is the command as it is; `without it` is the same
where a column was dropped since, so that every row of the backup is read and hashed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import psycopg

from _events import ROWS, stocked
from _measure import interleaved, served, timed
from haulback.pg import binaries

RUNS = int(os.environ.get("HAULBACK_BENCH_RUNS", "3"))
HAULBACK = [sys.executable, "-m", "haulback"]
HARM = """
delete from public.events where hashtext(id::text) % 200 = 0;
update public.events set event_type = 'overwritten' where hashtext(id::text) % 200 = 1;
"""


def main() -> None:
    with served(platform=False) as (home, running):
        folder, connection = stocked(running, home)
        dump = home / "events.dump"
        program = binaries.embedded().program
        url = running.url(database="bench")
        timed([str(program("pg_dump")), "-Fc", "-t", "public.events", "-f", str(dump), "-d", url], folder)
        taken = _document(folder, "backup", "run", "--table", "public.events")["id"]
        restore = [*HAULBACK, "restore", "table", "public.events", "--from", taken, "--missing", "--changed", "--yes"]

        def put_back() -> float:
            connection.execute(HARM.encode())
            seconds = timed(restore, folder)
            _require_whole(connection)
            return seconds

        def compare() -> float:
            return timed([*HAULBACK, "restore", "table", "public.events", "--from", taken], folder)

        def without() -> float:
            connection.execute("alter table public.events rename column is_deleted to gone")
            connection.execute(HARM.encode())
            seconds = timed(restore, folder)
            connection.execute("alter table public.events rename column gone to is_deleted")
            _require_whole(connection)
            return seconds

        def whole() -> float:
            with psycopg.connect(running.url(database="bench_whole"), autocommit=True) as other:
                other.execute("drop table if exists public.events")
            return timed(
                [str(program("pg_restore")), "-d", running.url(database="bench_whole"), str(dump)],
                folder,
            )

        connection.execute("create database bench_whole template template0")
        sys.stdout.write(f"{ROWS:,} events, one per cent put back, {RUNS} runs each in turns\n")
        figures = interleaved(
            RUNS,
            ("pg_restore of it all", whole),
            ("by the sidecar", put_back),
            ("without it", without),
            ("only compared", compare),
        )
        for figure in figures:
            sys.stdout.write(f"  {figure.line(figures[0])}\n")
        connection.close()


def _document(folder: Path, *arguments: str) -> dict[str, str]:
    done = subprocess.run([*HAULBACK, *arguments, "--json"], cwd=folder, capture_output=True, text=True, check=True)
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found


def _require_whole(connection: psycopg.Connection) -> None:
    query = "select count(*), count(*) filter (where event_type = 'overwritten') from public.events"
    found = connection.execute(query).fetchone()
    if found != (ROWS, 0):
        sys.exit(f"not put back: {found}")


if __name__ == "__main__":
    main()
