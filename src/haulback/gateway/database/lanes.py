"""Which connection a segment goes by.

Short reads share one connection, many at once; inserts of one row that end soon share another. Whatever may take long
goes alone: one segment at a time on a connection of its own, because it would hold up those behind it, and because
commits of several connections are flushed together (PostgreSQL's group commit). What finds a lock taken on a shared
connection gives up there after a moment, and is run again alone.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import LiteralString

import psycopg
from psycopg.conninfo import make_conninfo

from haulback.gateway.database.group_commit import GroupCommit
from haulback.gateway.database.lane import Done, Lane
from haulback.gateway.database.segment import Outcome, Step

_ROLLBACK = Step(None, b"ROLLBACK")
_RESET = Step(None, b"RESET ALL")
_CROWDED = 256  # segments under way on the shared connection beyond which further ones go alone
_HELD_UP = 0.02  # seconds without an answer after which nobody queues up behind it
_DEEP = 32  # inserts not answered on their shared connection beyond which further ones go alone
_SHARED = "SET lock_timeout = '10ms'"  # how long who shares a connection may hold up the others
_TOGETHER = "SET synchronous_commit = off"  # see group_commit
_AGAIN_AFTER = 0.2  # seconds between two tries to reach a server that is gone
_REFUSED_FOR = 1.0  # seconds for which a server that refused a connection is asked for no other that is not needed
_LOCKED_FOR = 1.0  # seconds for which what found a lock taken goes alone: the next one would wait for it too

NO_CONNECTION = "no connection to the database"
NONE_FREE = "timed out acquiring a connection"


@dataclass(frozen=True, slots=True)
class _Waiter:
    take: Callable[[Lane], None]
    refuse: Callable[[str], None]
    until: float


class Unavailable(Exception):
    """No connection could be had; str() says why."""


class Lanes:
    """The connections of one worker.

    Args:
        parameters: libpq keywords of the login that requests begin as, with its password.
        size: connections that work alone, at most; there is one more for reads and one for inserts, which are shared.
        patience: seconds that a segment waits for a connection of its own.
    """

    def __init__(self, parameters: Mapping[str, str], size: int = 10, patience: float = 10.0) -> None:
        self._conninfo = make_conninfo("application_name='haulback serve'", **parameters)
        self._size = size
        self._patience = patience
        self._loop = asyncio.get_running_loop()
        self._shared: Lane | None = None
        self._inserts: GroupCommit | None = None
        self._opening_inserts = False
        self._refused_until = 0.0
        self._locked: dict[object, float] = {}  # keys of statements, and until when they go alone
        self._idle: list[Lane] = []
        self._all: set[Lane] = set()
        self._opening = 0
        self._waiting: deque[_Waiter] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False

    async def open(self) -> None:
        """Opens the shared connection.

        Raises:
            psycopg.OperationalError: the server cannot be reached.
        """
        self._shared = await self._connect_shared()

    @property
    def alive(self) -> bool:
        """Whether the server can be reached, as far as is known."""
        return self._shared is not None and self._shared.alive

    def run(
        self, steps: Sequence[Step], done: Done, *, quick: bool, inserts: bool = False, reset: bool = False
    ) -> bool:
        """Runs one segment; whether it went by a shared connection.

        Args:
            steps: of the segment.
            done: called with the outcome.
            quick: whether it is known to end soon.
            inserts: whether it does nothing but insert into a table whose changes are logged, by its last step.
            reset: whether it may leave settings of the session behind.
        """
        if self._shared is None or not self._shared.alive:
            done(Outcome(lost=NO_CONNECTION))
            return False
        lane: Lane | GroupCommit | None = None
        if quick and not self._is_locked(steps):
            lane = self._for_inserts() if inserts else self._for_reads(self._shared)
        if lane is None:
            self._run_alone(steps, done, reset=reset)
            return False
        lane.run(steps, done)
        return True

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[Lane]:
        """A connection for one caller, who ends every transaction that it begins.

        Raises:
            Unavailable: none came free in time, or the server is gone.
        """
        if not self.alive:
            raise Unavailable(NO_CONNECTION)
        got: asyncio.Future[Lane] = self._loop.create_future()

        def take(lane: Lane) -> None:
            if got.cancelled():
                self._release(lane)
            else:
                got.set_result(lane)

        def refuse(why: str) -> None:
            if not got.cancelled():
                got.set_exception(Unavailable(why))

        self._wait(take, refuse)
        lane = await got
        try:
            yield lane
        finally:
            if lane.in_transaction:  # the caller broke off
                lane.run([_ROLLBACK], lambda _outcome: None)
            lane.run([_RESET], lambda _outcome: self._release(lane))

    async def own(self) -> psycopg.AsyncConnection:
        """A connection that is no lane, for what does not go through a pipeline; the caller closes it.

        Raises:
            psycopg.OperationalError: the server cannot be reached.
        """
        return await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True)

    def forget(self) -> None:
        """Drops all prepared statements: the schema has changed."""
        for lane in self._every():
            lane.forget()

    def sweep(self, now: float) -> None:
        """Refuses what has waited too long, and finds out who is gone; called every now and then."""
        for lane in self._every():
            lane.look()
        self._locked = {key: until for key, until in self._locked.items() if until > now}
        while self._waiting and self._waiting[0].until < now:
            self._waiting.popleft().refuse(NONE_FREE)
        self._open_if_wanted()

    async def close(self) -> None:
        self._closed = True
        for task in tuple(self._tasks):
            task.cancel()
        while self._waiting:
            self._waiting.popleft().refuse(NO_CONNECTION)
        for lane in self._every():
            await lane.close()

    def _every(self) -> tuple[Lane, ...]:
        shared = [self._shared] if self._shared else []
        return (*self._all, *shared, *([self._inserts.lane] if self._inserts else []))

    def _for_reads(self, shared: Lane) -> Lane | None:
        busy = shared.waiting >= _CROWDED or shared.held_up(self._loop.time()) >= _HELD_UP
        return None if busy else shared

    def _for_inserts(self) -> GroupCommit | None:
        shared = self._inserts
        if shared is None:
            if not self._opening_inserts and self._loop.time() >= self._refused_until:
                self._opening_inserts = True
                self._start(self._open_inserts())
            return None
        busy = shared.waiting >= _DEEP or shared.lane.held_up(self._loop.time()) >= _HELD_UP
        return None if busy else shared

    def _run_alone(self, steps: Sequence[Step], done: Done, *, reset: bool) -> None:
        def take(lane: Lane) -> None:
            def ended(outcome: Outcome) -> None:
                if reset:
                    lane.run([_RESET], lambda _outcome: self._release(lane))
                else:
                    self._release(lane)
                done(outcome)

            lane.run(steps, ended)

        self._wait(take, lambda why: done(Outcome(lost=why)))

    def _wait(self, take: Callable[[Lane], None], refuse: Callable[[str], None]) -> None:
        while self._idle:
            lane = self._idle.pop()
            if lane.alive:
                take(lane)
                return
        self._waiting.append(_Waiter(take, refuse, self._loop.time() + self._patience))
        self._open_if_wanted()

    def _open_if_wanted(self) -> None:
        refused = self._all and self._loop.time() < self._refused_until
        if self._waiting and not refused and len(self._all) + self._opening < self._size:
            self._opening += 1
            self._start(self._open_another())

    def _release(self, lane: Lane) -> None:
        if not lane.alive:
            return
        if self._waiting:
            self._waiting.popleft().take(lane)
        else:
            self._idle.append(lane)

    async def _open_another(self) -> None:
        try:
            lane = await self._connect()
        except psycopg.Error as refused:
            # Those that wait are served by the connections there are, or hear of it when their time is over.
            self._refused_until = self._loop.time() + _REFUSED_FOR
            if not self._all:
                while self._waiting:
                    self._waiting.popleft().refuse(str(refused))
            return
        finally:
            self._opening -= 1
        self._all.add(lane)
        self._release(lane)

    async def _open_inserts(self) -> None:
        try:
            connection = await self._own_shared(_TOGETHER)
            self._inserts = GroupCommit(Lane(connection, self._loop, self._lost), self._loop, self._blocked)
        except psycopg.Error:  # inserts go alone
            self._refused_until = self._loop.time() + _REFUSED_FOR
        finally:
            self._opening_inserts = False

    async def _connect(self) -> Lane:
        return Lane(await self.own(), self._loop, self._lost)

    async def _connect_shared(self) -> Lane:
        return Lane(await self._own_shared(), self._loop, self._lost, self._blocked)

    async def _own_shared(self, *settings: LiteralString) -> psycopg.AsyncConnection:
        connection = await self.own()
        try:
            for setting in (_SHARED, *settings):
                await connection.execute(setting)
        except BaseException:
            await connection.close()
            raise
        return connection

    def _is_locked(self, steps: Sequence[Step]) -> bool:
        return bool(self._locked) and self._locked.get(steps[-1].key, 0.0) > self._loop.time()

    def _blocked(self, steps: Sequence[Step], done: Done) -> None:
        if steps[-1].key is not None:
            self._locked[steps[-1].key] = self._loop.time() + _LOCKED_FOR
        self._run_alone(steps, done, reset=False)

    def _lost(self, lane: Lane) -> None:
        self._all.discard(lane)
        if lane in self._idle:
            self._idle.remove(lane)
        if self._inserts is not None and lane is self._inserts.lane:
            self._inserts = None
        if self._closed:
            return
        self._open_if_wanted()
        if lane is self._shared:
            self._start(self._reopen())

    async def _reopen(self) -> None:
        while not self._closed:
            try:
                self._shared = await self._connect_shared()
            except psycopg.Error:
                await asyncio.sleep(_AGAIN_AFTER)
            else:
                return

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
