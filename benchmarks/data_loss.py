"""What would be lost if the server were gone right now, second by second, under steady writes.

An embedded server archives its log with archive_timeout 60, as `haulback up` sets it. A writer commits twenty times a
second and notes the number of each transaction. Every second the archive alone is read, as a recovery would: the
newest commit that is in it, by the time that the log itself gives it. What was committed since would be lost.

HAULBACK_BENCH_SECONDS sets how long (default 300).
"""

from __future__ import annotations

import os
import sys
import threading
from datetime import UTC, datetime
from time import monotonic, sleep

import psycopg

from _measure import served
from haulback.backups import reach, wal
from haulback.model.wal import segment_number
from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER

SECONDS = int(os.environ.get("HAULBACK_BENCH_SECONDS", "300"))
WARM_UP = 65  # seconds until the first segment can have been archived
RATE = 20
GOAL = 65.0


def write(url: str, over: threading.Event) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        while not over.is_set():
            connection.execute("insert into public.written default values")
            sleep(1 / RATE)


def main() -> None:
    found = binaries.embedded()
    with served(platform=False) as (home, running):
        archive = home / "clusters/main/archive"
        with psycopg.connect(running.conninfo(), autocommit=True) as connection:
            connection.execute("create table public.written (id bigint generated always as identity primary key)")
        with psycopg.connect(running.conninfo(SUPERUSER), autocommit=True) as connection:
            row = connection.execute("select system_identifier::text from pg_control_system()").fetchone()
            system = str(row[0]) if row else ""
            (first,) = connection.execute("select pg_walfile_name(pg_switch_wal())").fetchall()[0]
        over = threading.Event()
        writer = threading.Thread(target=write, args=(running.url(), over), daemon=True)
        writer.start()
        sleep(WARM_UP)
        lost: list[float] = []
        begun = monotonic()
        while monotonic() - begun < SECONDS:
            now = datetime.now(UTC)
            there = wal.read(archive, system)
            start = segment_number(first, there.segment_size) * there.segment_size
            newest = reach.newest_commit(there, found, 1, wal.run_from(there, 1, start), start)
            if newest and newest.at:
                lost.append((now - newest.at).total_seconds())
            sleep(max(0.0, 1 - (datetime.now(UTC) - now).total_seconds()))
        over.set()
        writer.join()
    lost.sort()
    told = {f"p{share}": lost[min(len(lost) - 1, len(lost) * share // 100)] for share in (50, 95, 99)}
    figures = "   ".join(f"{name} {value:.1f} s" for name, value in told.items())
    sys.stdout.write(
        f"{len(lost)} looks at the archive: {figures}   longest {lost[-1]:.1f} s   (goal p99 {GOAL:.0f} s)\n"
    )


if __name__ == "__main__":
    main()
