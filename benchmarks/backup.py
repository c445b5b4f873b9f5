"""A backup of two million events, beside COPY piped to zstd and pg_dump -Fc: seconds, bytes, and memory at its peak."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path
from time import perf_counter

from _events import ROWS, stocked
from _measure import interleaved, served, timed
from haulback.pg import binaries

RUNS = int(os.environ.get("HAULBACK_BENCH_RUNS", "3"))
HAULBACK = [sys.executable, "-m", "haulback"]


def main() -> None:
    with served(platform=False) as (home, running):
        folder, connection = stocked(running, home)
        connection.close()
        program, url = binaries.embedded().program, running.url(database="bench")
        plain, dump = home / "events.zst", home / "events.dump"
        peak = [0]

        def copied() -> float:
            pipe = f"\"{program('psql')}\" -X -d '{url}' -c 'copy public.events to stdout' | zstd -q -3 -f -o {plain}"
            return timed(["bash", "-o", "pipefail", "-c", pipe], folder)

        def dumped() -> float:
            return timed([str(program("pg_dump")), "-Fc", "-t", "public.events", "-f", str(dump), "-d", url], folder)

        def taken() -> float:
            begun = perf_counter()
            command = [*HAULBACK, "backup", "run", "--table", "public.events"]
            with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
                _, status, used = os.wait4(process.pid, 0)
                process.returncode = os.waitstatus_to_exitcode(status)
            peak[0] = max(peak[0], _megabytes(used))
            return perf_counter() - begun

        sys.stdout.write(f"{ROWS:,} events, {RUNS} runs each in turns\n")
        figures = interleaved(
            RUNS, ("psql COPY | zstd -3", copied), ("haulback backup run", taken), ("pg_dump -Fc", dumped)
        )
        for figure in figures:
            sys.stdout.write(f"  {figure.line(figures[0])}\n")
        size = _newest(home / "backups")
        sys.stdout.write(
            f"  {size / 1e6:.1f} MB, x {size / dump.stat().st_size:.2f} of pg_dump -Fc, "
            f"x {size / plain.stat().st_size:.2f} of COPY; {peak[0]} MB of memory at its peak\n"
        )


def _megabytes(used: resource.struct_rusage) -> int:
    return round(used.ru_maxrss / 1024)


def _newest(store: Path) -> int:
    folder = max((one.parent for one in store.rglob("manifest.json")), key=lambda one: one.name)
    return sum(one.stat().st_size for one in folder.iterdir())


if __name__ == "__main__":
    main()
