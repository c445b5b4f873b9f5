"""Who keeps others waiting past the budget is ended, on both majors; what comes after is never hit."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from haulback.clock import SystemClock
from haulback.deploy.progress import Silent
from haulback.deploy.work import Work
from haulback.errors import Exit
from haulback.journal.lock import acquire
from haulback.pg.locks import HeldTooLong, LockBudget


class Heard(Silent):
    """Collects what long statements tell."""

    def __init__(self) -> None:
        self.phases: list[tuple[str, str, int, int]] = []
        self.tries: list[int] = []

    def working(self, what: str, phase: str, done: int, total: int) -> None:
        self.phases.append((what, phase, done, total))

    def waiting(self, what: str, tries: int, blockers: object) -> None:  # noqa: ARG002 - the protocol's
        self.tries.append(tries)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def work(any_database, heard: Heard) -> Iterator[Work]:
    with any_database.connect(autocommit=True) as keeper, any_database.connect(autocommit=True) as connection:
        connection.execute("create table public.orders (id int primary key, note text)")
        connection.execute("insert into public.orders select n, repeat('x', 500) from generate_series(1, 500) as n")
        acquire(keeper, "prod")
        yield Work(keeper, connection, "prod", LockBudget(0.6, 30), heard, SystemClock())


class Reader:
    """A session that reads once, beside us."""

    def __init__(self, database, query: str = "select count(*) from public.orders") -> None:
        self.failure: psycopg.Error | None = None
        self._database, self._query = database, query
        self._thread = threading.Thread(target=self._read, daemon=True)

    def _read(self) -> None:
        try:
            with self._database.connect(autocommit=True) as connection:
                connection.execute(self._query)
        except psycopg.Error as error:
            self.failure = error

    @contextmanager
    def waiting(self) -> Iterator[None]:
        self._thread.start()
        yield
        self._thread.join(30)
        assert not self._thread.is_alive()
        assert self.failure is None


def test_a_holder_is_ended_and_the_session_goes_on(work: Work, any_database) -> None:
    reader = Reader(any_database)

    def act(connection: psycopg.Connection) -> None:
        connection.execute("lock public.orders in access exclusive mode")
        with reader.waiting():
            connection.execute("select pg_catalog.pg_sleep(30)")

    with pytest.raises(HeldTooLong) as ended:
        work.transaction("1_hold", act)
    assert ended.value.exit_code == Exit.ROLLED_BACK
    assert ended.value.message.startswith("1_hold: ended after ")
    assert "AccessExclusiveLock on public.orders" in ended.value.message
    reader._thread.join(30)
    assert reader.failure is None
    assert work.transaction("after", lambda connection: connection.execute("select 1").fetchone()) == (1,)


def test_who_may_hold_is_not_ended(work: Work, any_database) -> None:
    reader = Reader(any_database)

    def act(connection: psycopg.Connection) -> str:
        connection.execute("lock public.orders in access exclusive mode")
        reader._thread.start()
        connection.execute("select pg_catalog.pg_sleep(1.2)")
        return "done"

    with work.holding():
        assert work.transaction("accepted", act) == "done"
    assert not work.may_hold
    reader._thread.join(30)
    assert reader.failure is None


def test_who_only_waits_for_us_to_change_the_table_does_not_count(work: Work, any_database) -> None:
    altering = Reader(any_database, "alter table public.orders add column by_another int")

    def act(connection: psycopg.Connection) -> str:
        connection.execute("lock public.orders in row exclusive mode")
        altering._thread.start()
        connection.execute("select pg_catalog.pg_sleep(1.2)")
        return "done"

    assert work.transaction("quiet", act) == "done"
    altering._thread.join(30)
    assert altering.failure is None


def test_what_waits_itself_while_others_wait_for_it_is_tried_again(work: Work, heard: Heard, any_database) -> None:
    """Two waits of half a budget each: the first lock is held all through the second."""
    work.connection.execute("create table public.second (id int)")
    reader, tries = Reader(any_database), []
    with any_database.connect() as idle:
        idle.execute("select from public.second")

        def act(connection: psycopg.Connection) -> None:
            tries.append(1)
            connection.execute("lock public.orders in access exclusive mode")
            if len(tries) == 1:
                reader._thread.start()
                connection.execute("select pg_catalog.pg_sleep(0.25)")
            # Longer than the budget lets the reader wait.
            connection.execute("select pg_catalog.set_config('lock_timeout', '20s', true)")
            if len(tries) == 2:
                assert reader.failure is None
            connection.execute("lock public.second in access exclusive mode")

        threading.Thread(target=lambda: (_until(lambda: heard.tries), idle.rollback()), daemon=True).start()
        work.transaction("1_two", act)
    reader._thread.join(30)
    assert reader.failure is None
    assert len(tries) == 2
    assert heard.tries == [1]


def test_a_cancel_that_finds_its_session_idle_hits_nothing(work: Work) -> None:
    """What `Watch.running` relies on: a cancel is sent before what comes next is."""
    pid = work.connection.info.backend_pid
    for number in range(300):
        work.keeper.execute("select pg_catalog.pg_cancel_backend(%s)", [pid])
        assert work.connection.execute("select %s::int", [number]).fetchone() == (number,)


def test_a_long_statement_tells_how_far_it_is(work: Work, heard: Heard) -> None:
    def act(connection: psycopg.Connection) -> None:
        connection.execute("set vacuum_cost_delay = 20")
        connection.execute("set vacuum_cost_limit = 1")
        connection.execute("vacuum public.orders")

    work.outside("1#1", act)
    assert heard.phases
    what, phase, done, total = heard.phases[0]
    assert (what, phase.partition(":")[0]) == ("1#1", "VACUUM")
    assert 0 <= done <= total


def _until(wanted) -> None:
    while not wanted():
        time.sleep(0.02)
