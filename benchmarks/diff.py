"""Two databases of two million events compared by `haulback diff`, beside `psql COPY` of both: seconds and memory.

One per cent of the rows differ. `again` with all rows of one side gone shows what memory a great difference takes.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from _events import ROWS, stocked
from _measure import interleaved, served, timed
from haulback.pg import binaries

RUNS = int(os.environ.get("HAULBACK_BENCH_RUNS", "3"))
HARM = """
delete from public.events where hashtext(id::text) % 200 = 0;
update public.events set event_type = 'overwritten' where hashtext(id::text) % 200 = 1;
"""


def main() -> None:
    with served(platform=False) as (home, running):
        folder, connection = stocked(running, home)
        connection.close()
        psql = str(binaries.embedded().program("psql"))
        urls = [running.url(database=name) for name in ("bench", "bench_then")]
        timed(
            [psql, "-qc", "create database bench_then template bench", "-d", running.url(database="postgres")], folder
        )
        timed([psql, "-qc", HARM, "-d", urls[0]], folder)
        command = [sys.executable, "-m", "haulback", "diff", "--against", urls[1], "--table", "public.events"]

        def piped() -> float:
            copy = f'"{psql}" -qc "copy public.events to stdout" -d'
            return sum(timed(["sh", "-c", f'{copy} "{url}" > /dev/null'], folder) for url in urls)

        sys.stdout.write(f"{ROWS:,} events on each side, one per cent differs, {RUNS} runs each in turns\n")
        figures = interleaved(RUNS, ("psql COPY of both", piped), ("haulback diff", lambda: timed(command, folder)))
        for one in figures:
            sys.stdout.write(one.line(figures[0]) + "\n")
        sys.stdout.write(f"memory: {_memory(command, folder):.0f} MB\n")
        timed([psql, "-qc", "truncate public.events", "-d", urls[0]], folder)
        sys.stdout.write(f"memory, again with all rows gone: {_memory(command, folder):.0f} MB\n")


def _memory(command: list[str], folder: Path) -> float:
    """The largest that one run came to, in a process of its own so that no other run counts."""
    probe = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, capture_output=True);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", probe, *command], cwd=folder, capture_output=True, text=True, check=True
    )
    return int(done.stdout) * (1024 if sys.platform != "darwin" else 1) / 1e6


if __name__ == "__main__":
    main()
