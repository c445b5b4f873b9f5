"""Whole-process deployment of 1 and of 100 trivial migrations, beside its peers, on one server.

Ours runs the steps plan, lock, migrate, journal and history alone; the others have no others. Peers that are not
installed are named and left out: `npm install --prefix DIR dbmate` with HAULBACK_BENCH_NPM=DIR, and
`pip install alembic yoyo-migrations` into this virtual environment or the one HAULBACK_BENCH_VENV names.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

import _peers as peers
from _measure import fresh_database, interleaved, served, timed
from haulback.pg import binaries
from haulback.pg.cluster import Running

RUNS = int(os.environ.get("HAULBACK_BENCH_RUNS", "7"))


def create(number: int) -> tuple[str, str]:
    return f"create table public.t{number} (id int primary key, note text);", f"drop table public.t{number};"


class Site:
    """Folders of one size for every tool."""

    def __init__(self, root: Path, count: int, running: Running) -> None:
        self.running, self.root = running, root
        self.ours = self._folder("haulback/supabase/migrations")
        self.dbmate = self._folder("dbmate/db/migrations")
        self.yoyo = self._folder("yoyo/migrations")
        self.alembic = self._folder("alembic/versions")
        self.psql = root / "all.sql"
        (root / "haulback/haulback.toml").write_text("")
        previous = None
        for number in range(1, count + 1):
            up, down = create(number)
            name = f"{20240101000000 + number}"
            (self.ours / f"{name}_t.sql").write_text(up)
            (self.dbmate / f"{name}_t.sql").write_text(f"-- migrate:up\n{up}\n-- migrate:down\n{down}\n")
            (self.yoyo / f"{name}_t.sql").write_text(up)
            (self.yoyo / f"{name}_t.rollback.sql").write_text(down)
            (self.alembic / f"{name}_t.py").write_text(
                f"from alembic import op\nrevision = {name!r}\ndown_revision = {previous!r}\n"
                f"def upgrade():\n    op.execute({up!r})\ndef downgrade():\n    op.execute({down!r})\n"
            )
            previous = name
        self.psql.write_text("".join(create(number)[0] + "\n" for number in range(1, count + 1)))
        (root / "alembic/env.py").write_text(peers.ALEMBIC_ENV)
        (root / "alembic/script.py.mako").write_text("")
        (root / "alembic.ini").write_text("[alembic]\nscript_location = alembic\n")

    def _folder(self, name: str) -> Path:
        folder = self.root / name
        folder.mkdir(parents=True)
        return folder

    def measures(self) -> list:
        port, host = str(self.running.port), str(self.running.socket_dir)
        psql = binaries.embedded().program("psql")

        def haulback() -> float:
            url = fresh_database(self.running)
            return timed([*peers.HAULBACK, "deploy", "--yes", *peers.SKIP], self.root / "haulback", DATABASE_URL=url)

        def floor() -> float:
            fresh_database(self.running)
            command = [str(psql), "-q", "-1", "-v", "ON_ERROR_STOP=1", "-f", str(self.psql)]
            return timed(command, self.root, PGHOST=host, PGPORT=port, PGUSER="postgres", PGDATABASE="bench")

        found = [("psql -1 -f", floor), ("haulback", haulback)]
        if dbmate := peers.npm("dbmate"):

            def run_dbmate() -> float:
                fresh_database(self.running)
                url = f"postgres://postgres@:{port}/bench?socket={host}&sslmode=disable"
                return timed([dbmate, "--no-dump-schema", "--url", url, "migrate"], self.root / "dbmate")

            found.append(("dbmate", run_dbmate))
        if alembic := peers.python("alembic"):

            def run_alembic() -> float:
                fresh_database(self.running)
                return timed([alembic, "upgrade", "head"], self.root, BENCH_HOST=host, BENCH_PORT=port)

            found.append(("alembic", run_alembic))
        if yoyo := peers.python("yoyo"):

            def run_yoyo() -> float:
                fresh_database(self.running)
                url = f"postgresql+psycopg://postgres@/bench?host={host}&port={port}"
                return timed([yoyo, "apply", "--batch", "--no-config-file", "-d", url, str(self.yoyo)], self.root)

            found.append(("yoyo", run_yoyo))
        return found


def main() -> None:
    with served(platform=False) as (_, running):
        for count in (1, 100):
            root = Path(tempfile.mkdtemp(prefix="haulback-bench-"))
            try:
                figures = interleaved(RUNS, *Site(root, count, running).measures())
            finally:
                shutil.rmtree(root, ignore_errors=True)
            sys.stdout.write(f"\n{count} migration(s), {RUNS} runs each, median [least .. most]\n")
            for figure in figures:
                sys.stdout.write(figure.line(figures[0]) + "\n")


if __name__ == "__main__":
    main()
