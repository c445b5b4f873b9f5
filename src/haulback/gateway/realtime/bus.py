"""How workers and replicas reach each other: NOTIFY and LISTEN, over PostgreSQL.

Each worker listens on one connection and speaks on another, so that what it says arrives everywhere in its order. What
is longer than a notification may be goes in pieces. A worker hears itself, too, and passes that over. Neither needs a
privilege, and nothing is stored: what is said while a worker does not listen is lost to it, and it hears that it was.

Each notification is a transaction that PostgreSQL logs, so that a server on which nothing happens would go on to
archive its log for the beats of a worker. Whether there are others to hear them is seen without one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import islice
from typing import Protocol

import psycopg
from psycopg.conninfo import make_conninfo

from haulback.gateway.realtime.pieces import Joiner, Splitter

CHANNEL = "haulback_realtime"
BEAT = 5.0  # seconds between two words of a worker that has nothing to say
_NAME = "haulback serve: realtime"
_AGAIN_AFTER = 0.5  # seconds between two tries to reach a server that is gone
_AT_ONCE = 64  # notifications of one statement
_MOST_WAITING = 64_000_000  # bytes that may wait to be said
_LAST_WORDS = 1.0  # seconds
_SAY = f"SELECT pg_catalog.pg_notify('{CHANNEL}', piece) FROM pg_catalog.unnest(%s::text[]) AS said (piece)"  # noqa: S608

# Each worker has two connections of this name. Where they cannot be seen, those are known that have been heard.
_OTHERS = f"""
SELECT pg_catalog.count(*) > 2
FROM pg_catalog.pg_stat_activity AS session
WHERE session.application_name = '{_NAME}' AND session.datname = pg_catalog.current_database()
"""  # noqa: S608


class Ear(Protocol):
    """Takes what the bus hears."""

    def heard(self, worker: str, message: bytes) -> None:
        """Another worker has said something."""

    def missed(self) -> None:
        """Others may have said what did not come here."""

    def beat(self, *, others: bool) -> None:
        """There is a connection: at its beginning and every few seconds. `others`: whether other workers are seen."""


class Bus:
    """One worker's connection to the others.

    Args:
        parameters: libpq keywords of the login.
        worker: a name that no other worker has, without a colon.
        tell: takes a line for the log.

    Attributes:
        hearing: whether what others say comes here.
    """

    def __init__(self, parameters: Mapping[str, str], worker: str, tell: Callable[[str], None]) -> None:
        self._conninfo = make_conninfo(**{**parameters, "application_name": _NAME})
        self._worker = worker
        self._tell = tell
        self._splitter = Splitter(worker)
        self._joiner = Joiner()
        self._waiting: deque[str] = deque()
        self._size = 0
        self._something = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self.hearing = False

    async def begin(self, ear: Ear) -> None:
        """Connects, and stays connected.

        Raises:
            psycopg.Error: PostgreSQL cannot be reached.
        """
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._tasks = [asyncio.create_task(self._hearing(ear, ready)), asyncio.create_task(self._speaking())]
        await ready

    async def end(self) -> None:
        """Says what is still to be said, then goes."""
        until = asyncio.get_running_loop().time() + _LAST_WORDS
        while self._waiting and asyncio.get_running_loop().time() < until:  # noqa: ASYNC110 - bounded
            await asyncio.sleep(0.01)
        for task in self._tasks:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def send(self, message: bytes) -> None:
        """Tells the others, sooner or later."""
        if self._size > _MOST_WAITING:
            self._splitter.skip()
            return
        for piece in self._splitter.split(message):
            self._waiting.append(piece)
            self._size += len(piece)
        self._something.set()

    def forget(self, worker: str) -> None:
        """A worker that is gone."""
        self._joiner.forget(worker)

    # hearing

    async def _hearing(self, ear: Ear, ready: asyncio.Future[None]) -> None:
        while True:
            try:
                await self._hear(ear, ready)
            except Exception as trouble:  # noqa: BLE001 - who stops to hear for good misses all others without a word
                if not ready.done():
                    ready.set_exception(trouble)
                    return
                self._tell(f"realtime: {str(trouble) or type(trouble).__name__}")
                await asyncio.sleep(_AGAIN_AFTER)
            finally:
                self.hearing = False

    async def _hear(self, ear: Ear, ready: asyncio.Future[None]) -> None:
        async with await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True) as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            self.hearing = True
            if ready.done():
                ear.missed()
            else:
                ready.set_result(None)
            loop = asyncio.get_running_loop()
            beaten = float("-inf")
            while True:
                if loop.time() - beaten >= BEAT:
                    beaten = loop.time()
                    found = await (await connection.execute(_OTHERS)).fetchone()  # a connection that is gone says so
                    ear.beat(others=found is not None and found[0])
                async for notice in connection.notifies(timeout=BEAT, stop_after=1):
                    self._take(ear, notice.payload)

    def _take(self, ear: Ear, piece: str) -> None:
        heard = self._joiner.join(piece)
        if heard is None or heard.worker == self._worker:
            return
        if heard.gap:
            ear.missed()
        if heard.message is not None:
            ear.heard(heard.worker, heard.message)

    # speaking

    async def _speaking(self) -> None:
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True) as connection:
                    await self._speak(connection)
            except psycopg.Error as trouble:
                self._tell(f"realtime: {trouble}")
                await asyncio.sleep(_AGAIN_AFTER)

    async def _speak(self, connection: psycopg.AsyncConnection) -> None:
        while True:
            self._something.clear()
            while self._waiting:
                pieces = list(islice(self._waiting, _AT_ONCE))
                # Where this fails, whether they were said is not known. They are said again: their numbers tell.
                await connection.execute(_SAY, (pieces,), prepare=True)
                for piece in pieces:
                    self._waiting.popleft()
                    self._size -= len(piece)
            await self._something.wait()
