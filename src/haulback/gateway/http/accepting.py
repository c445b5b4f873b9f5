"""Takes connections off a socket that several workers listen on, so that each worker has about as many as the others.

Left to itself the first worker to wake takes all that have come, and with clients that keep their connections it stays
so: one worker is busy and the others are idle. A worker that has more than another steps back for a moment, one by one.
"""

from __future__ import annotations

import asyncio
import mmap
import socket
from collections.abc import Callable

from haulback.gateway.http.connection import Connection, Tended

_STEP_BACK = 0.001  # seconds that the other workers have to take a connection; if none does, this one takes it
_BREATHER = 0.2  # seconds without accepting when there are no more file descriptors
_NOBODY = -1


class Loads:
    """How many connections each worker has, in memory that processes forked later share.

    Args:
        size: how many workers there may be.
    """

    def __init__(self, size: int) -> None:
        self._counts = memoryview(mmap.mmap(-1, 8 * size)).cast("q")
        for place in range(size):
            self._counts[place] = _NOBODY

    def set(self, place: int, count: int) -> None:
        """Says how many a worker has; it counts from the first time on."""
        self._counts[place] = count

    def leave(self, place: int) -> None:
        """Takes out a worker that is gone."""
        self._counts[place] = _NOBODY

    def of_others(self, place: int) -> tuple[int, ...]:
        """How many each of the other workers has."""
        return (*self._counts[:place], *self._counts[place + 1 :])

    def is_ahead(self, place: int) -> bool:
        """Whether a worker has more than another."""
        mine = self._counts[place]
        return any(_NOBODY < count < mine for count in self._counts)


class Open(set[Tended]):
    """The connections of a worker; how many they are is known to the other workers.

    Args:
        loads: of all workers.
        place: of this one among them.
    """

    def __init__(self, loads: Loads, place: int) -> None:
        super().__init__()
        self._loads = loads
        self._place = place
        self._coming = 0
        self._tell()

    @property
    def is_ahead(self) -> bool:
        """Whether this worker has more than another."""
        return self._loads.is_ahead(self._place)

    @property
    def others(self) -> tuple[int, ...]:
        """How many each of the other workers has."""
        return self._loads.of_others(self._place)

    def coming(self, number: int) -> None:
        """Counts what was accepted and is not a connection yet (1), or is one now or never will be (-1)."""
        self._coming += number
        self._tell()

    def add(self, one: Tended, /) -> None:
        super().add(one)
        self._tell()

    def discard(self, one: object, /) -> None:
        super().discard(one)
        self._tell()

    def _tell(self) -> None:
        self._loads.set(self._place, len(self) + self._coming)


class Accepting:
    """Accepts connections until it is closed.

    Args:
        listening: does not block.
        made: makes the protocol of a connection.
        open_: where connections are counted.
        loop: that they live in.
    """

    def __init__(
        self,
        listening: socket.socket,
        made: Callable[[], Connection],
        open_: Open,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._listening = listening
        self._made = made
        self._open = open_
        self._loop = loop
        self._tasks: set[asyncio.Task[None]] = set()
        self._closed = False
        loop.add_reader(listening, self._ready)

    def close(self) -> None:
        """Accepts no more, and gives the socket back."""
        if not self._closed:
            self._closed = True
            self._loop.remove_reader(self._listening)
            self._listening.close()

    def _ready(self) -> None:
        if self._open.is_ahead:
            self._pause(_STEP_BACK, self._open.others)
        else:
            self._accept()

    def _pause(self, seconds: float, others: tuple[int, ...] = ()) -> None:
        self._loop.remove_reader(self._listening)
        self._loop.call_later(seconds, self._resume, others)

    def _resume(self, others: tuple[int, ...]) -> None:
        if not self._closed:
            self._loop.add_reader(self._listening, self._ready)
            if others == self._open.others:  # nobody takes any: they are stuck, or there is none left
                self._accept()

    def _accept(self) -> None:
        try:
            taken, _ = self._listening.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return  # another worker was quicker, or the client has gone again
        except OSError:
            if not self._closed:
                self._pause(_BREATHER)
            return
        self._open.coming(1)
        task = self._loop.create_task(self._connect(taken))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _connect(self, taken: socket.socket) -> None:
        try:
            taken.settimeout(0)
            await self._loop.connect_accepted_socket(self._made, taken)
        except OSError:
            taken.close()
        finally:
            self._open.coming(-1)
