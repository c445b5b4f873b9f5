"""Writers that lock two tables in the other order than a migration: the deployment gets through all the same."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import psycopg
import pytest
from acceptance_site import Site

WRITERS = 8


class Writers:
    """Sessions that write the second table and then the first one, again and again."""

    def __init__(self, site: Site) -> None:
        self.over, self.failed = threading.Event(), set[str]()
        self.threads = [threading.Thread(target=self._write, args=(site, n), daemon=True) for n in range(WRITERS)]
        for one in self.threads:
            one.start()

    def _write(self, site: Site, number: int) -> None:
        with site.connect() as connection:
            while not self.over.is_set():
                try:
                    with connection.transaction():
                        connection.execute("update public.second set n = n + 1 where id = %s", [number])
                        connection.execute("select pg_sleep(0.02)")
                        connection.execute("update public.first set n = n + 1 where id = %s", [number])
                except psycopg.Error as error:
                    self.failed.add(type(error).__name__)

    def end(self) -> None:
        self.over.set()
        for one in self.threads:
            one.join()


@pytest.fixture
def writers(site: Site) -> Iterator[Writers]:
    site.configure(deploy='patience = "20s"')
    for name in ("first", "second"):
        site.execute(f"create table public.{name} (id int primary key, n int not null, gone text)")
        site.execute(f"insert into public.{name} select i, 0, 'text' from generate_series(0, {WRITERS}) as i")
    writers = Writers(site)
    yield writers
    writers.end()


def test_a_deployment_gets_through_and_back(site: Site, writers: Writers) -> None:
    site.migration(
        "1_both.sql", "alter table public.first drop column gone; alter table public.second drop column gone;"
    )
    ended = site.deploy("--skip", "preflight", "--skip", "hazards", "--skip", "verify")
    assert ended.exit == 0, ended.stderr
    ended = site.rollback()
    assert ended.exit == 0, ended.stderr
    writers.end()
    assert (
        site.value("select count(*) from public.first as f join public.second as s using (id, n, gone)") == WRITERS + 1
    )
    assert writers.failed == set()  # a deadlock that ended one of them
