"""The full procedure for `engagement_events` on a warm shadow, beside the SQL itself by `psql -1 -f`.

Every run deploys to a fresh copy of one database. The rehearsals that a run before it kept are deleted, so that each
run rehearses.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import psycopg

from _measure import interleaved, served, timed
from haulback.modules.engagement_events import module
from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER, Running

RUNS = int(os.environ.get("HAULBACK_BENCH_RUNS", "7"))
HAULBACK = str(Path(sys.executable).with_name("haulback"))


def copied(running: Running) -> str:
    """A fresh copy of the platform's database; returns its URL."""
    with psycopg.connect(running.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
        connection.execute("drop database if exists bench with (force)")
        connection.execute("create database bench owner postgres template postgres strategy file_copy")
    return running.url(database="bench")


def main() -> None:
    project = Path(tempfile.mkdtemp(prefix="haulback-bench-"))
    try:
        module.write(project / "supabase")
        (project / "haulback.toml").write_text("")
        whole = project / "all.sql"
        whole.write_text("\n".join(one.text for one in module.load().migrations))
        with served() as (home, running):

            def floor() -> float:
                copied(running)
                psql = str(binaries.embedded().program("psql"))
                where = {"PGHOST": str(running.socket_dir), "PGPORT": str(running.port), "PGDATABASE": "bench"}
                command = [psql, "-q", "-1", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-f", str(whole)]
                return timed(command, project, **where)

            def procedure() -> float:
                url = copied(running)
                shutil.rmtree(home / "rehearsals", ignore_errors=True)
                return timed([HAULBACK, "deploy", "--yes"], project, DATABASE_URL=url, HAULBACK_HOME=str(home))

            procedure()  # makes the shadow, and warms it
            figures = interleaved(RUNS, ("psql -1 -f", floor), ("haulback deploy", procedure))
        for figure in figures:
            sys.stdout.write(figure.line(figures[0]) + "\n")
        sys.stdout.write(f"beyond the SQL itself: {figures[1].median - figures[0].median:.3f} s\n")
    finally:
        shutil.rmtree(project, ignore_errors=True)


if __name__ == "__main__":
    main()
