"""Keeps the lock budget: nobody waits long because of us.

A single try waits half the budget (lock_timeout), then gives way so that the readers and writers queued behind
it pass; tries are repeated with backoff and jitter up to a patience.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import psycopg

from haulback.clock import Clock, SystemClock
from haulback.errors import Exit, HaulbackError
from haulback.pg.queries import queries

_SQL = queries("haulback.pg", "locks.sql")

RETRIED = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 2.0  # seconds
_LOOK_EVERY = 0.1  # seconds

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LockBudget:
    """How long others may wait because of us, and how long we go on trying; seconds.

    Attributes:
        budget: the longest that any other session may be kept waiting because of us.
        patience: how long we go on trying for a lock.
        cancel_older_than: the age of a transaction from which on we end a session that keeps us from a lock; None
            ends nobody.
    """

    budget: float = 1.0
    patience: float = 60.0
    cancel_older_than: float | None = None

    @property
    def lock_timeout_ms(self) -> int:
        return max(1, int(self.budget * 500))


@dataclass(frozen=True, slots=True)
class Blocker:
    """A session that another one waits for. Application, state and age are None where we may not see them."""

    pid: int
    application: str | None
    state: str | None
    seconds: float | None

    def __str__(self) -> str:
        if self.pid == 0:
            return "a prepared transaction"  # pg_blocking_pids() gives 0 for one
        age = f" for {self.seconds:.0f} s" if self.seconds is not None else ""
        return f"pid {self.pid} ({self.application or 'unknown application'}, {self.state or 'state hidden'}{age})"


class LockPatienceOver(HaulbackError):
    template = "gave up waiting for a lock after {tries} tries in {seconds:.0f} s; blocked by {blockers}"
    hint_template = "End what holds the lock, or run the same command at a quieter time."
    exit_code = Exit.ROLLED_BACK


class Watch:
    """Looks, from a session of its own, at who blocks another session."""

    def __init__(self, observer: psycopg.Connection, watched: int, lock_timeout: float = 1.0) -> None:
        """`lock_timeout` in seconds: a try shorter than our usual look is looked at in time all the same."""
        self._observer, self._watched = observer, watched
        self._every = min(_LOOK_EVERY, lock_timeout / 3)
        self._over = threading.Event()
        self.blockers: tuple[Blocker, ...] = ()

    def _look(self) -> None:
        # Nothing is asked of the server before that has gone by: most statements are shorter.
        while not self._over.wait(self._every):
            try:
                rows = self._observer.execute(_SQL["blockers"], {"pid": self._watched}).fetchall()
            except psycopg.Error:
                return  # the watched session will meet the same fault and tell it
            if rows:
                self.blockers = tuple(Blocker(*row) for row in rows)

    @contextmanager
    def running(self) -> Iterator[Watch]:
        thread = threading.Thread(target=self._look, name="haulback-lock-watch", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()


def patiently(
    attempt: Callable[[], T],
    watch: Callable[[], Watch],
    budget: LockBudget,
    *,
    told: Callable[[int, tuple[Blocker, ...]], None] = lambda _tries, _blockers: None,
    clock: Clock | None = None,
    jitter: Callable[[], float] = random.random,
) -> T:
    """Calls `attempt` until it gets its locks.

    Args:
        attempt: begins, acts and commits; leaves no open transaction when it raises.
        watch: makes the watch over the session that attempts.
        budget: how long to go on.
        told: called before each pause with the number of tries so far and who blocked the last one.
        clock: for the pauses.
        jitter: 0 to 1; spreads the tries of several deployers.

    Raises:
        LockPatienceOver: when the patience is over; whatever else `attempt` raises passes through.
    """
    clock = clock or SystemClock()
    begun, tries, pause = clock.monotonic(), 0, _FIRST_PAUSE
    while True:
        tries += 1
        try:
            with watch().running() as watching:
                return attempt()
        except RETRIED as error:
            told(tries, watching.blockers)
            waited = clock.monotonic() - begun
            if waited + pause > budget.patience:
                described = "; ".join(map(str, watching.blockers)) or "a session that was gone when we looked"
                raise LockPatienceOver(tries=tries, seconds=waited, blockers=described) from error
            clock.sleep(pause * (0.5 + jitter()))
            pause = min(pause * 2, _LONGEST_PAUSE)
