"""Workers that listen on one socket: each gets its share of the connections, and none waits for one that is stuck."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import closing

import pytest
import uvloop

from haulback.gateway.answer import Answer
from haulback.gateway.http.accepting import Accepting, Loads, Open
from haulback.gateway.http.connection import Connection
from haulback.gateway.http.limits import Limits
from haulback.gateway.serving import listen

CLIENTS = 16


class Workers:
    """Some that listen on one socket, all in one loop."""

    def __init__(self, loads: Loads, size: int) -> None:
        loop = asyncio.get_running_loop()
        first = listen("127.0.0.1", 0)
        self.port = first.getsockname()[1]
        self.open = [Open(loads, place) for place in range(size)]
        sockets = [first, *(first.dup() for _ in range(size - 1))]
        self.accepting = [
            Accepting(listening, self._maker(open_), open_, loop)
            for listening, open_ in zip(sockets, self.open, strict=True)
        ]

    def _maker(self, open_: Open) -> Callable[[], Connection]:
        loop = asyncio.get_running_loop()
        return lambda: Connection(lambda _request, respond: respond(Answer(204)), Limits(), open_, loop.time)

    async def connect(self, count: int = CLIENTS) -> list[asyncio.StreamWriter]:
        """So many clients at once, each answered."""
        opened = await asyncio.gather(*(asyncio.open_connection("127.0.0.1", self.port) for _ in range(count)))
        for reader, writer in opened:
            writer.write(b"GET / HTTP/1.1\r\nHost: h\r\n\r\n")
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 204")
        return [writer for _, writer in opened]

    @property
    def counts(self) -> list[int]:
        return [len(open_) for open_ in self.open]

    async def closed(self, writers: list[asyncio.StreamWriter]) -> None:
        for writer in writers:
            writer.close()
            await writer.wait_closed()
        while any(self.counts):  # noqa: ASYNC110 - what is waited for is the protocol, which tells nobody
            await asyncio.sleep(0)

    def close(self) -> None:
        for one in self.accepting:
            one.close()
        for open_ in self.open:
            for connection in tuple(open_):
                connection.shut()


def run(scene: Callable[[], object]) -> None:
    uvloop.run(scene())  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [2, 3, 5])
def test_a_burst_is_shared_out_and_so_is_the_next(size: int) -> None:
    async def scene() -> None:
        with closing(Workers(Loads(size), size)) as workers:
            for _ in range(3):
                writers = await workers.connect()
                assert sum(workers.counts) == CLIENTS
                assert min(workers.counts) >= CLIENTS // size // 2  # exactly shared but for a machine that stalls
                await workers.closed(writers)

    run(scene)


def test_who_left_gets_as_many_again() -> None:
    async def scene() -> None:
        with closing(Workers(Loads(2), 2)) as workers:
            writers = await workers.connect()
            gone = list(workers.open[0])
            for connection in gone:
                connection.shut()
            while workers.counts[0]:  # noqa: ASYNC110 - see above
                await asyncio.sleep(0)
            more = await workers.connect(len(gone))
            assert sum(workers.counts) == CLIENTS
            assert min(workers.counts) >= CLIENTS // 4
            await workers.closed(writers + more)

    run(scene)


def test_one_that_takes_nothing_holds_nobody_up() -> None:
    async def scene() -> None:
        loads = Loads(3)
        loads.set(1, 0)  # stuck, with fewer than any other
        loads.set(2, 0)
        loads.leave(2)  # dead: not counted
        with closing(Workers(loads, 1)) as workers:
            writers = await workers.connect()
            assert workers.counts == [CLIENTS]
            await workers.closed(writers)

    run(scene)


def test_a_closed_one_takes_nobody() -> None:
    async def scene() -> None:
        workers = Workers(Loads(1), 1)
        workers.close()
        workers.close()
        with pytest.raises(ConnectionRefusedError):
            await workers.connect(1)

    run(scene)
