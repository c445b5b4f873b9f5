"""Ten million events with users writing at 500/s: a migration destroys or changes them, and is taken back.

Told for each migration: seconds forward and back, the longest wait of any user's transaction from the moment it was
due, and whether every value of before and every later write is there. Where the table itself is dropped, users write
into another one meanwhile. Beside it `pg_dump` and `pg_restore` of the
table, which is what a team does by hand; that loses what was written since the dump.

HAULBACK_BENCH_ROWS sets another number of rows, HAULBACK_BENCH_SCENES the names of scenes, with commas.
"""

from __future__ import annotations

import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, perf_counter, sleep

import psycopg
from psycopg import sql

import _peers as peers
from _measure import served
from haulback.pg import binaries
from haulback.pg.cluster import SUPERUSER, Running

ROWS = int(os.environ.get("HAULBACK_BENCH_ROWS", "10000000"))
RATE, THREADS = 500, 12
BUDGET = 1.0  # seconds; the lock budget
OTHERS = 100_000  # rows of the table that users write into while there are no events

SCHEMA = """
create table public.events (
  id bigint primary key, user_id int not null, kind text not null, body text not null, mood int not null,
  at timestamptz not null
);
create index events_user on public.events (user_id);
create table public.others (id bigint primary key, body text not null);
create table public.written (number bigint generated always as identity primary key, id bigint, body text);
"""
FILL = f"""
insert into public.events
select n, n % 100000, 'kind ' || n % 50, 'the body of event ' || n, n % 1000,
       '2026-01-01'::timestamptz + n * interval '1 s'
  from pg_catalog.generate_series(1, {ROWS}) as n;
insert into public.others select n, 'other ' || n from pg_catalog.generate_series(1, {OTHERS}) as n;
"""
BATCHED = """
do $$
begin
  for lo in 0..{rows} by 10000 loop
    {statement} where id > lo and id <= lo + 10000 and {condition};
    commit;
  end loop;
end $$;
"""


def batched(statement: str, condition: str) -> str:
    return BATCHED.format(rows=ROWS, statement=statement, condition=condition)


SCENES = {
    "drop the table": "drop table public.events;",
    "drop a column": "alter table public.events drop column mood;",
    "delete a third": batched("delete from public.events", "id % 3 = 0"),
    "update a tenth": batched("update public.events set kind = upper(kind), mood = -mood", "id % 10 = 0"),
}


@dataclass
class Users:
    """Transactions at a fixed rate, whoever waits: each changes one row of a table and writes down what it wrote."""

    url: str
    table: str
    most: int
    waits: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._over, self._numbers, self._begun = threading.Event(), itertools.count(), monotonic()
        self._threads = [threading.Thread(target=self._write, daemon=True) for _ in range(THREADS)]
        for one in self._threads:
            one.start()

    def _write(self) -> None:
        chosen = random.Random(threading.get_ident())
        with psycopg.connect(self.url, autocommit=True) as connection:
            while not self._over.is_set():
                number = next(self._numbers)
                due = self._begun + number / RATE
                if (early := due - monotonic()) > 0:
                    sleep(early)
                id_ = chosen.randint(1, self.most)
                try:
                    with connection.transaction():
                        text = f"written {number}"
                        query = sql.SQL("update public.{} set body = %s where id = %s").format(
                            sql.Identifier(self.table)
                        )
                        found = connection.execute(query, [text, id_])
                        if found.rowcount:
                            connection.execute("insert into public.written (id, body) values (%s, %s)", [id_, text])
                except psycopg.Error as error:
                    self.failed.append(str(error).splitlines()[0])
                self.waits.append(monotonic() - due)

    def longest(self) -> float:
        """Of those since the last time it was asked."""
        waits, self.waits = self.waits, []
        return max(waits, default=0.0)

    def stop(self) -> None:
        self._over.set()
        for one in self._threads:
            one.join()


class Site:
    """A database of its own for one scene, and a folder with its migration."""

    def __init__(self, running: Running, root: Path, name: str, text: str) -> None:
        with psycopg.connect(running.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
            connection.execute("drop database if exists bench with (force)")
            connection.execute("create database bench owner postgres template filled strategy file_copy")
        self.url = running.url(database="bench")
        self.folder = root / name.replace(" ", "_")
        migrations = self.folder / "supabase/migrations"
        migrations.mkdir(parents=True)
        (self.folder / "haulback.toml").write_text("")
        (migrations / "20260101000000_scene.sql").write_text(text)

    def run(self, *arguments: str) -> tuple[float, dict[str, object]]:
        begun = perf_counter()
        done = subprocess.run(
            [*peers.HAULBACK, *arguments, "--yes", "--json"],
            cwd=self.folder,
            env={**os.environ, "DATABASE_URL": self.url, "ENVIRONMENT": "development"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.exit(f"{arguments} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
        return perf_counter() - begun, json.loads(done.stdout.splitlines()[-1])

    def value(self, query: str) -> object:
        with psycopg.connect(self.url) as connection:
            row = connection.execute(query).fetchone()
        return row[0] if row else None


# Whatever no user wrote is what it was; whatever one wrote last is there.
LOST = """
select (select {rows} - count(*) filter (where e.kind = 'kind ' || e.id % 50 and e.mood = e.id % 1000
                                           and e.user_id = e.id % 100000) from public.events as e),
       (select count(*) from (select distinct on (w.id) w.id, w.body from public.written as w
                               order by w.id, w.number desc) as w
          left join public.{table} as e using (id) where e.body is distinct from w.body)
"""


def scene(running: Running, root: Path, name: str) -> None:
    site = Site(running, root, name, SCENES[name])
    table, most = ("others", OTHERS) if "drop table" in SCENES[name] else ("events", ROWS)
    users = Users(site.url, table, most)
    sleep(5)
    alone = users.longest()
    forward, _ = site.run("deploy", "--skip", "preflight", "--skip", "hazards", "--skip", "verify")
    deploying = users.longest()
    sleep(5)
    size = site.value(
        "select pg_size_pretty(sum(pg_total_relation_size(c.oid))) from pg_class as c"
        " where c.relnamespace = 'haulback_attic'::regnamespace and c.relkind = 'r'"
    )
    users.longest()
    back, _ = site.run("rollback")
    going_back = users.longest()
    users.stop()
    with psycopg.connect(site.url) as connection:
        lost, unwritten = connection.execute(LOST.format(rows=ROWS, table=table)).fetchall()[0]
        writes = connection.execute("select count(*) from public.written").fetchall()[0][0]
    sys.stdout.write(
        f"{name:<16} forward {forward:7.1f} s   back {back:7.1f} s   attic {size}\n"
        f"{'':<16} longest wait: alone {alone * 1000:.0f} ms, forward {deploying * 1000:.0f} ms,"
        f" back {going_back * 1000:.0f} ms (budget {BUDGET * 1000:.0f} ms)\n"
        f"{'':<16} values lost {lost}, writes lost {unwritten} of {writes}, failed {len(users.failed)}"
        f" {users.failed[:1] or ''}\n"
    )
    sys.stdout.flush()


def by_hand(running: Running, root: Path) -> None:
    """`pg_dump` of the table, then `pg_restore` of it: with users kept out, and without what they wrote since."""
    site = Site(running, root, "by hand", "select 1;")
    pg_dump, pg_restore = (binaries.embedded().program(one) for one in ("pg_dump", "pg_restore"))
    if not pg_dump.is_file():
        sys.stdout.write("by hand          no pg_dump of this major is at hand\n")
        return
    file = root / "events.dump"
    begun = perf_counter()
    subprocess.run([pg_dump, "-Fc", "-Z1", "-t", "public.events", "-f", file, site.url], check=True)
    dumped = perf_counter()
    subprocess.run([pg_restore, "--clean", "--if-exists", "-d", site.url, file], check=True)
    sys.stdout.write(
        f"{'by hand':<16} pg_dump {dumped - begun:7.1f} s   pg_restore {perf_counter() - dumped:7.1f} s"
        "   what users wrote since: lost\n"
    )


def main() -> None:
    names = [one for one in os.environ.get("HAULBACK_BENCH_SCENES", "").split(",") if one] or [*SCENES, "by hand"]
    root = Path(tempfile.mkdtemp(prefix="haulback-bench-"))
    try:
        with served(platform=False) as (_, running):
            with psycopg.connect(running.conninfo(SUPERUSER, "template1"), autocommit=True) as connection:
                connection.execute("create database filled owner postgres template template0")
            with psycopg.connect(running.conninfo(database="filled"), autocommit=True) as connection:
                connection.execute(SCHEMA)
                connection.execute(FILL)
                connection.execute("vacuum analyze public.events")
            sys.stdout.write(f"{ROWS:,} rows, users at {RATE}/s\n")
            for name in names:
                by_hand(running, root) if name == "by hand" else scene(running, root, name)
    finally:
        shutil.rmtree(root, ignore_errors=True)


if __name__ == "__main__":
    main()
