"""Looks, from a session of its own, at who blocks another session and whom that one keeps waiting."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from haulback.model.blocker import Blocker
from haulback.pg.lock_modes import MODES, conflicting
from haulback.pg.queries import queries

SQL = queries("haulback.pg", "locks.sql")

LOOK_EVERY = 0.1  # seconds
_TELL_EVERY = 1.0  # seconds between two words on how far a statement is
_MARGIN = 0.15  # seconds: a look may come that late, and the end of a transaction takes its time too
_AGAIN = 1.0  # seconds until one that did not end is told again to

Working = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Holder:
    """One transaction that holds what was wanted; a session that goes on with a new one is another holder."""

    transaction: str
    blocker: Blocker

    @property
    def key(self) -> tuple[int, str]:
        return self.blocker.pid, self.transaction


@dataclass(frozen=True, slots=True)
class Overrun:
    """Why a session was told to end its transaction.

    Attributes:
        lock: what it held, for a person.
        held: seconds since it was first seen to hold that.
        waiting: who was kept waiting.
        waited: seconds that the longest of them had waited.
        queued: whether the session itself waited for a lock, so that others stood behind it in the queue.
    """

    lock: str
    held: float
    waiting: tuple[Blocker, ...]
    waited: float
    queued: bool


class Watch:
    """Watches one session while it tries something, once.

    Attributes:
        blockers: who kept it waiting when we last saw it wait.
        overrun: why it was told to end; None where it was not.
    """

    def __init__(
        self,
        observer: psycopg.Connection,
        watched: int,
        lock_timeout: float = 1.0,
        *,
        allowed: float | None = None,
        meet: Callable[[tuple[Blocker, ...]], None] = lambda _blockers: None,
        working: Working | None = None,
    ) -> None:
        """All times in seconds.

        Args:
            observer: a session in autocommit, which may be shared with others.
            watched: the backend of the watched session.
            lock_timeout: a try shorter than our usual look is looked at in time all the same.
            allowed: how long others may wait for the watched session until it is told to end; None: for ever.
            meet: called with the blockers whenever some are seen.
            working: called about once a second with phase, done and total of a statement that tells them.
        """
        self._observer, self._watched = observer, watched
        self._every = min(LOOK_EVERY, lock_timeout / 3)
        self._ended_at = allowed - min(_MARGIN, allowed / 4) if allowed is not None else None
        self._meet, self._working = meet, working
        self._over = threading.Event()
        self._wanted: tuple[str, str] | None = None
        self._wanted_table: tuple[int, str] | None = None
        self._holders: tuple[Holder, ...] = ()
        self._told_at = self._cancelled_at = float("-inf")
        self._held_since: dict[str, float] = {}
        self.blockers: tuple[Blocker, ...] = ()
        self.overrun: Overrun | None = None

    @contextmanager
    def running(self) -> Iterator[Watch]:
        """Looks until the block is over.

        A cancel of ours is sent by then, and the server drops one that finds its session idle: it never hits what
        the session does next.
        """
        thread = threading.Thread(target=self._look_on, name="haulback-lock-watch", daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._over.set()
            thread.join()

    def holders(self) -> tuple[Holder, ...]:
        """Who now holds a lock that conflicts with the one that was last seen wanted; nobody where none was."""
        if self._wanted is None:
            return ()
        tag, mode = self._wanted
        asked = {"pid": self._watched, "tag": tag, "modes": list(conflicting(mode))}
        rows = self._observer.execute(SQL["holders"], asked).fetchall()
        return tuple(Holder(transaction, Blocker(*rest)) for transaction, *rest in rows)

    @property
    def wanted_table(self) -> tuple[int, str] | None:
        """Object id and lock mode of the relation that was last seen wanted; None where that was something else."""
        return self._wanted_table

    @property
    def held_by(self) -> tuple[Holder, ...]:
        """Who held what was wanted when we last saw the session wait."""
        return self._holders

    def meet(self, blockers: tuple[Blocker, ...]) -> None:
        """Does with blockers that are still there after the try what is done with those seen during it."""
        self._meet(blockers)

    def deadlock_timeout(self) -> float:
        """Seconds after which an autovacuum worker gives way to who waits for it."""
        row = self._observer.execute(SQL["deadlock_timeout"]).fetchone()
        return float(row[0]) if row else 1.0

    def _look_on(self) -> None:
        # Nothing is asked of the server before that has gone by: most statements are shorter.
        while not self._over.wait(self._every):
            try:
                self._look()
                self._tell()
            except psycopg.Error:
                return  # the watched session will meet the same fault and tell it

    def _look(self) -> None:
        rows = self._observer.execute(SQL["look"], {"pid": self._watched, "modes": list(MODES)}).fetchall()
        blockers = tuple(Blocker(*row[1:7]) for row in rows if row[0] == "blocks")
        if blockers:
            wanted = self._observer.execute(SQL["wanted"], {"pid": self._watched}).fetchone()
            if wanted is not None:
                self._wanted = (wanted[0], wanted[1])
                self._wanted_table = (wanted[2], wanted[1]) if wanted[2] else None
                self._holders = self.holders()
            self.blockers = blockers
            self._meet(blockers)
        now = time.monotonic()
        self._held_since = {row[7]: self._held_since.get(row[7], now) for row in rows if row[0] == "holds"}
        waiting = [(Blocker(*row[1:7]), row[7]) for row in rows if row[0] == "waits"]
        longest = max((one.seconds or 0.0 for one, _ in waiting), default=0.0)
        if waiting and self._ended_at is not None and longest >= self._ended_at:
            self._end(waiting, longest, queued=bool(blockers))

    def _end(self, waiting: list[tuple[Blocker, str | None]], longest: float, *, queued: bool) -> None:
        if time.monotonic() - self._cancelled_at < _AGAIN or self._over.is_set():
            return
        self._cancelled_at = now = time.monotonic()
        lock = next((lock for _, lock in waiting if lock), "its locks")
        held = max(longest, now - self._held_since.get(lock, now))
        # Noted first: whoever is hit by the cancel asks for it.
        self.overrun = Overrun(lock, held, tuple(one for one, _ in waiting), longest, queued)
        self._observer.execute(SQL["cancel"], {"pid": self._watched})

    def _tell(self) -> None:
        now = time.monotonic()
        if self._working is None or now - self._told_at < _TELL_EVERY:
            return
        self._told_at = now
        row = self._observer.execute(SQL["progress"], {"pid": self._watched}).fetchone()
        if row is not None:
            command, phase, done, total = row
            self._working(f"{command}: {phase}", int(done or 0), int(total or 0))
