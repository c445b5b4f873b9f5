"""Nothing blocks: whoever waits behind us passes between two tries, and we say who is in our way."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest
from acceptance_site import BARE, Site, until

QUICK = (*BARE, "--skip", "snapshot", "--skip", "validate")
READS = 25


class Readers:
    """One session that reads again and again, and counts what it got while `blocked` was true."""

    def __init__(self, site: Site) -> None:
        self.over, self.blocked = threading.Event(), threading.Event()
        self.passed = 0
        self.thread = threading.Thread(target=self._read, args=(site,), daemon=True)
        self.thread.start()

    def _read(self, site: Site) -> None:
        with site.connect() as connection:
            while not self.over.wait(0.01):
                connection.execute("select count(*) from public.orders")
                self.passed += self.blocked.is_set()

    def end(self) -> None:
        self.over.set()
        self.thread.join()


@pytest.fixture
def readers(site: Site) -> Iterator[Readers]:
    site.execute("create table public.orders (id int primary key); insert into public.orders values (1)")
    site.migration("1_note.sql", "alter table public.orders add column note text;")
    readers = Readers(site)
    yield readers
    readers.end()


def _blocker(site: Site) -> psycopg.Connection:
    blocker = psycopg.connect(site.server.conninfo("postgres", site.database), application_name="forgotten psql")
    blocker.execute("select from public.orders")
    return blocker


def test_readers_pass_while_an_idle_transaction_blocks_us(site: Site, readers: Readers) -> None:
    site.configure(deploy='lock_budget = "600ms"')
    with _blocker(site) as blocker:
        started = site.start("deploy", "--yes", "--json", *QUICK)
        waiting = until(lambda: started.heard("waiting"), "a line that says who blocks")
        readers.blocked.set()
        # They do not stand behind a try: none is made while the same transaction blocks.
        until(lambda: readers.passed >= READS, "reads beside a blocked ALTER")
        readers.blocked.clear()
        assert started.process.poll() is None
        assert waiting["blockers"]
        assert f"pid {blocker.info.backend_pid} (forgotten psql, idle in transaction" in waiting["blockers"][0]
        blocker.rollback()
        ended = started.ended()
    assert ended.exit == 0
    assert site.rows("select id, note from public.orders") == [(1, None)]


def test_when_patience_is_over_everything_is_as_before(site: Site, readers: Readers) -> None:
    site.configure(deploy='lock_budget = "600ms"\npatience = "0.5s"')
    site.migration("0_first.sql", "create table public.first (id int primary key);")
    before = site.dump()
    with _blocker(site) as blocker:
        ended = site.deploy("--skip", "preflight", "--skip", "verify")
        assert ended.exit == 4
        assert f"pid {blocker.info.backend_pid} (forgotten psql" in ended.document["message"]
        assert ended.document["hint"].startswith("End what holds the lock")
        assert site.dump() == before
    assert site.deploy(*QUICK).exit == 0


def test_a_person_is_told_who_blocks(site: Site, readers: Readers) -> None:
    site.configure(deploy='lock_budget = "600ms"\npatience = "0.5s"')
    with _blocker(site) as blocker:
        ended = site.run("deploy", "--yes", *QUICK)
        pid = blocker.info.backend_pid
    assert ended.exit == 4
    assert f"held by pid {pid} (forgotten psql, idle in transaction" in ended.stderr
