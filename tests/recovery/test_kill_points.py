"""Promise 4: kill us or PostgreSQL at any instant, and one rerun of the same command ends in a clean state."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from haulback.pg import binaries
from haulback.pg.catalog.reader import read
from haulback.pg.cluster import SUPERUSER, Cluster

KILLER = Path(__file__).with_name("killer.py")
MOST = 80  # points; the loop ends earlier, when the command gets through alive

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
    """A project on the worker's server, with a database of its own name."""

    home: Path
    project: Path
    cluster: Cluster

    def write(self, files: dict[str, str]) -> None:
        folder = self.project / "supabase/migrations"
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.sql"):
            old.unlink()
        for name, text in files.items():
            (folder / name).write_text(text)

    def run(self, when: str = "never", number: int = 0) -> tuple[int, dict]:
        """Runs `haulback deploy`, dying at entry `number`; returns the exit code and the last JSON line."""
        running = self.cluster.start()
        environment = os.environ | {
            "HAULBACK_HOME": str(self.home),
            "KILLER_HOST": str(running.socket_dir),
            "KILLER_SERVER": str(running.pid),
        }
        command = [sys.executable, str(KILLER), when, str(number), "deploy", "--yes", "--json", "--skip", "preflight"]
        done = subprocess.run(
            command, cwd=self.project, env=environment, capture_output=True, text=True, timeout=120, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr
        lines = done.stdout.strip().splitlines()
        return done.returncode, json.loads(lines[-1]) if lines else {}

    def connect(self, user: str = "postgres") -> psycopg.Connection:
        return psycopg.connect(self.cluster.start().conninfo(user), autocommit=True)

    def reset(self, template: str) -> None:
        """The database as it was when the template was kept."""
        with self._admin() as connection:
            connection.execute("drop database if exists postgres with (force)")
            connection.execute(f"create database postgres template {template} owner postgres strategy file_copy")

    def keep(self, template: str) -> None:
        """Keeps the database as it is now, once."""
        with self._admin() as connection:
            if not connection.execute("select from pg_database where datname = %s", [template]).fetchone():
                connection.execute(
                    "select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = 'postgres'"
                )
                connection.execute(f"create database {template} template postgres owner postgres strategy file_copy")

    def _admin(self) -> psycopg.Connection:
        return psycopg.connect(self.cluster.start().conninfo(SUPERUSER, "template1"), autocommit=True)


@pytest.fixture
def site(home: Path, tmp_path: Path) -> Site:
    """A project whose base is deployed; the database is kept as `based`."""
    site = Site(home, tmp_path, Cluster(home, "main", binaries.embedded()))
    (tmp_path / "haulback.toml").write_text("")
    site.keep("empty")
    site.reset("empty")
    site.write(BASE)
    assert site.run()[0] == 0
    site.keep("based")
    return site


def prepared(site: Site) -> str:
    """Goes back to the base; returns the fingerprint that going back must end in."""
    site.reset("based")
    with site.connect() as connection:
        return read(connection).fingerprint_without_order


def clean(site: Site) -> None:
    """Nothing of a deployment stands half done."""
    with site.connect() as connection:
        newest = connection.execute(
            "select e.detail ->> 'state' from haulback.entry e where e.event = 'state' order by e.sequence desc limit 1"
        ).fetchone()
        assert newest[0] in {"deployed", "rolled back"}
        triggers = connection.execute("select tgname from pg_trigger where tgname like 'haulback%'").fetchall()
        assert triggers == []
        assert connection.execute("select count(*) from pg_index where not indisvalid").fetchone() == (0,)
        sessions = "select count(*) from pg_stat_activity where application_name like 'haulback/%'"
        assert connection.execute(sessions).fetchone() == (0,)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("when", ["before", "inside", "server"])
def test_deployment_killed_at_every_entry_converges(site: Site, when: str) -> None:
    before = prepared(site)
    points = 0
    for number in range(1, MOST):
        site.write(BASE | GOOD)
        code, _ = site.run(when, number)
        died = code == -signal.SIGKILL if when != "server" else code != 0
        if not died:
            assert code == 0
            break
        points += 1
        code, result = site.run()
        assert code in {0, 4}, result
        clean(site)
        if code == 4:  # it went back; the next run deploys
            with site.connect() as connection:
                assert read(connection).fingerprint_without_order == before
        else:
            with site.connect() as connection:
                assert connection.execute("select count(*) from public.parts").fetchone() == (2,)
                assert connection.execute("select count(*), sum(total) from public.orders").fetchone() == (500, 125250)
        before = prepared(site)
    assert points >= 20


@pytest.mark.timeout(900)
@pytest.mark.parametrize("when", ["before", "inside", "server"])
def test_going_back_killed_at_every_entry_converges(site: Site, when: str) -> None:
    before = prepared(site)
    points = 0
    for number in range(1, MOST):
        site.write(BASE | BAD)
        code, _ = site.run(when, number)
        if code == 4:
            break
        points += 1
        code, result = site.run()
        assert code == 4, result
        clean(site)
        with site.connect() as connection:
            assert read(connection).fingerprint_without_order == before
            notes = connection.execute("select count(*), count(note), min(note) from public.orders").fetchone()
            assert notes == (500, 500, "note 1")
            assert connection.execute("select count(*), count(body) from public.gone").fetchone() == (300, 300)
        before = prepared(site)
    assert points >= 20
