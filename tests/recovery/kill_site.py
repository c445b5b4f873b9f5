"""A project on a server that gets killed, and what must hold after a rerun."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import psycopg

from haulback.pg import binaries
from haulback.pg.catalog.reader import read
from haulback.pg.cluster import SUPERUSER, Cluster

MOST = 80  # points; a loop ends earlier, when the command gets through alive
DIED = -9

BASE = {
    "001_base.sql": """
create table public.orders (id bigint primary key, note text, total numeric not null default 0);
insert into public.orders select n, 'note ' || n, n from generate_series(1, 500) as n;
create table public.gone (id bigint primary key, body text);
insert into public.gone select n, 'body ' || n from generate_series(1, 300) as n;
""",
}
GOOD = {
    "002_column.sql": "alter table public.orders drop column note;",
    "003_parts.sql": """
create table public.parts (id bigint generated always as identity primary key, name text);
create index concurrently parts_name on public.parts (name);
insert into public.parts (name) values ('one'), ('two');
""",
    "004_gone.sql": "drop table public.gone;",
}
# Holds on the shadow's sample of 100 rows and not on all 500: everything before it is taken back.
BAD = GOOD | {"005_fails.sql": "alter table public.orders add constraint low check (id < 400);"}


@dataclass
class Site:
    """A project with the worker's server."""

    home: Path
    project: Path
    cluster: Cluster
    killer: subprocess.Popen[str]
    fingerprint: str = ""

    def write(self, files: dict[str, str]) -> None:
        folder = self.project / "supabase/migrations"
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.sql"):
            old.unlink()
        for name, text in files.items():
            (folder / name).write_text(text)

    def run(self, when: str = "never", number: int = 0, skip: tuple[str, ...] = ()) -> tuple[int, dict]:
        """Runs `haulback deploy`, dying at entry `number`; returns the exit code and the last JSON line."""
        running = self.cluster.start()
        order = {
            "when": when,
            "number": number,
            "host": str(running.socket_dir),
            "server": running.pid,
            "folder": str(self.project),
            "home": str(self.home),
            "out": str(self.project / "out"),
            "arguments": ["deploy", "--yes", "--json", *(f"--skip={step}" for step in ("preflight", *skip))],
        }
        self.killer.stdin.write(json.dumps(order) + "\n")
        self.killer.stdin.flush()
        code = int(self.killer.stdout.readline())
        assert "Traceback" not in (self.project / "out.err").read_text()
        lines = (self.project / "out").read_text().strip().splitlines()
        return code, json.loads(lines[-1]) if lines else {}

    def connect(self, user: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(self.cluster.start().conninfo(user), autocommit=True)

    def reset(self, template: str = "based") -> None:
        """The database as it was when the template was kept."""
        with self._admin() as connection:
            connection.execute("drop database if exists postgres with (force)")
            connection.execute(f"create database postgres template {template} owner postgres strategy file_copy")

    def keep(self, template: str) -> None:
        """Keeps the database as it is now, once."""
        with self._admin() as connection:
            if not connection.execute("select 1 from pg_database where datname = %s", [template]).fetchone():
                connection.execute(
                    "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = 'postgres'"
                )
                connection.execute(f"create database {template} template postgres owner postgres strategy file_copy")

    def _admin(self) -> psycopg.Connection:
        return psycopg.connect(self.cluster.start().conninfo(SUPERUSER, "template1"), autocommit=True)

    def is_clean(self, *, back: bool) -> None:
        """Nothing of a deployment stands half done; `back` says where it must stand."""
        with self.connect() as connection:
            newest = connection.execute(
                "select detail ->> 'state' from haulback.entry where event = 'state' order by sequence desc limit 1"
            ).fetchone()
            assert newest[0] == ("rolled back" if back else "deployed")
            assert connection.execute("select tgname from pg_trigger where tgname like 'haulback%'").fetchall() == []
            assert connection.execute("select count(*) from pg_index where not indisvalid").fetchone() == (0,)
            assert connection.execute("select count(*), sum(total) from public.orders").fetchone() == (500, 125250)
            if back:
                assert read(connection).fingerprint_without_order == self.fingerprint
                notes = connection.execute("select count(note), min(note), max(note) from public.orders").fetchone()
                assert notes == (500, "note 1", "note 99")
                assert connection.execute("select count(body) from public.gone").fetchone() == (300,)
            else:
                assert connection.execute("select count(*) from public.parts").fetchone() == (2,)
                kept = connection.execute("select rows from haulback.capture where keeps = 'before' order by rows")
                assert [row[0] for row in kept.fetchall()] in ([None, None], [300, 500])


def site_at(
    home: Path,
    project: Path,
    killer: subprocess.Popen[str],
    base: dict[str, str] = BASE,
    template: str = "based",
) -> Site:
    """A project whose base is deployed; its database is kept as `template`."""
    site = Site(home, project, Cluster(home, "main", binaries.embedded()), killer)
    (project / "haulback.toml").write_text("")
    with psycopg.connect(site.cluster.start().conninfo(SUPERUSER), autocommit=True) as connection:
        # A killed process leaves its writes to the kernel: what fsync adds is only safety from a power cut.
        connection.execute("alter system set fsync = off")
        connection.execute("select pg_reload_conf()")
    site.keep("empty")
    site.reset("empty")
    site.write(base)
    assert site.run(skip=("verify", "snapshot"))[0] == 0
    site.keep(template)
    site.reset(template)
    with site.connect() as connection:
        site.fingerprint = read(connection).fingerprint_without_order
    return site


def killed_everywhere(site: Site, files: dict[str, str], when: str, ending: int) -> int:
    """Kills at entry 1, 2, 3, ... until the command gets through; returns how many points there were."""
    for number in range(1, MOST):
        site.reset()
        site.write(BASE | files)
        code, result = site.run(when, number)
        if code == ending:
            return number - 1
        assert code == DIED if when != "server" else code not in {0, DIED}, result
        code, result = site.run()
        assert code == ending, (number, result)
        site.is_clean(back=ending != 0)
    raise AssertionError("the command never got through")
