from __future__ import annotations

import threading

import psycopg
import pytest

from haulback.model.blocker import Blocker
from haulback.pg.lock_watch import Watch
from haulback.pg.locks import LockBudget, LockPatienceOver, patiently


class Steps:
    """A clock whose pauses run what the test wants to happen in them."""

    def __init__(self, during=lambda: None):
        self.seconds, self.pauses, self._during = 0.0, [], during

    def monotonic(self):
        return self.seconds

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.seconds += seconds
        self._during()


@pytest.fixture
def table(any_database):
    with any_database.connect(autocommit=True) as owner:
        owner.execute("create table public.busy (i int)")
        owner.execute("insert into public.busy values (1)")
    return "public.busy"


@pytest.fixture
def sessions(any_database, table):
    """The session that works and the one that watches."""
    with any_database.connect(autocommit=True) as work, any_database.connect(autocommit=True) as observer:
        yield work, observer


def altering(work: psycopg.Connection):
    def attempt(lock_timeout_ms: int) -> str:
        with work.transaction():
            work.execute("select pg_catalog.set_config('lock_timeout', %s, true)", [str(lock_timeout_ms)])
            work.execute("alter table public.busy add column if not exists j int")
        return "done"

    return attempt


def watch_of(sessions):
    work, observer = sessions
    return lambda _wait: Watch(observer, work.info.backend_pid)


def test_an_idle_reader_makes_us_give_way_name_him_and_let_others_pass(any_database, sessions):
    budget, told, read = LockBudget(0.8, patience=60), [], []
    with any_database.connect() as reader, any_database.connect(autocommit=True) as third:
        reader.execute("set application_name = 'the idle one'")
        reader.execute("select * from public.busy")
        third.execute("set statement_timeout = '5s'")

        def between_tries() -> None:
            # Nobody queues behind us while we pause.
            third.execute("set lock_timeout = '50ms'")
            read.append(third.execute("select count(*) from public.busy").fetchone())
            if len(read) == 40:
                reader.commit()

        done = patiently(
            altering(sessions[0]), watch_of(sessions), budget,
            told=lambda tries, blockers: told.append((tries, blockers)), clock=Steps(between_tries), jitter=lambda: 0.5,
        )  # fmt: skip
        pid = reader.info.backend_pid

    assert done == "done"
    # No second try while the first one's blocker is there; it comes as soon as he is gone, and we say meanwhile
    # that he still is.
    assert read == [(1,)] * 40
    assert [tries for tries, _ in told] == [1]
    for _, (blocker,) in told:
        assert (blocker.pid, blocker.application, blocker.state) == (pid, "the idle one", "idle in transaction")
        assert blocker.seconds > 0


def test_patience_ends_with_the_blocker_named(any_database, sessions):
    budget, clock = LockBudget(0.5, patience=0.5), Steps()
    with any_database.connect() as reader:
        reader.execute("select * from public.busy")
        pid = reader.info.backend_pid
        with pytest.raises(LockPatienceOver) as over:
            patiently(altering(sessions[0]), watch_of(sessions), budget, clock=clock, jitter=lambda: 0.5)

    assert f"pid {pid} " in over.value.message
    assert over.value.tries == 1
    assert clock.seconds == pytest.approx(0.5)
    assert sessions[0].info.transaction_status == psycopg.pq.TransactionStatus.IDLE


def test_a_deadlock_is_survived(any_database, sessions):
    work, observer = sessions
    observer.execute("create table public.second (i int)")
    holds_second, tried = threading.Event(), []

    def cross() -> None:
        with any_database.connect() as other:
            other.execute("lock public.second")
            holds_second.set()
            try:
                other.execute("lock public.busy")
            except psycopg.errors.DeadlockDetected:
                other.rollback()

    def attempt(_lock_timeout_ms: int) -> None:
        tried.append(1)
        with work.transaction():
            work.execute("lock public.busy")
            if len(tried) == 1:
                thread.start()
                holds_second.wait(10)
            work.execute("lock public.second")

    thread = threading.Thread(target=cross)
    patiently(attempt, watch_of(sessions), LockBudget(1, 60))
    thread.join(30)

    assert not thread.is_alive()


class Silent:
    """An observer that must not be asked."""

    def execute(self, *_):
        raise AssertionError


def test_nothing_is_asked_of_the_server_while_it_goes_quickly():
    assert patiently(lambda _: 7, lambda _: Watch(Silent(), 1), LockBudget()) == 7


def test_what_is_no_lock_passes_through(sessions):
    def attempt(_lock_timeout_ms: int) -> None:
        sessions[0].execute("select 1 / 0")

    with pytest.raises(psycopg.errors.DivisionByZero):
        patiently(attempt, watch_of(sessions), LockBudget(), clock=Steps())


def test_blockers_are_described_as_far_as_they_are_known():
    assert str(Blocker(7, "app", "idle", 3.4)) == "pid 7 (app, idle for 3 s)"
    assert str(Blocker(7, None, None, None)) == "pid 7 (unknown application, state hidden)"
    assert str(Blocker(0, None, None, None)) == "a prepared transaction"
