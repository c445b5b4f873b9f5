"""HTTP as it comes over a socket: in order, within bounds, and nothing else's request."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haulback.gateway.answer import Answer
from haulback.gateway.http.connection import Connection, Respond
from haulback.gateway.http.limits import Limits
from haulback.gateway.http.request import Request

SMALL = Limits(line=200, headers=400, body=1000, waiting=4, connections=3)


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - what is waited for is the protocol under test, which tells nobody
        await asyncio.sleep(0)


class Server:
    """Answers with what it was asked, at once or when told."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.open: set[Connection] = set()
        self.now = 0.0
        self.seen: list[Request] = []
        self.held: list[Respond] = []
        self.hold = False

    def handle(self, request: Request, respond: Respond) -> None:
        self.seen.append(request)
        if self.hold:
            self.held.append(respond)
        else:
            respond(Answer(200, (("X-Seen", request.path),), request.body or request.path.encode()))

    def connection(self) -> Connection:
        return Connection(self.handle, self.limits, self.open, lambda: self.now)

    def sweep(self) -> None:
        for connection in tuple(self.open):
            connection.sweep(self.now)


class Client:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    def send(self, text: bytes) -> None:
        self.writer.write(text)

    async def answer(self) -> tuple[int, bytes]:
        head = await asyncio.wait_for(self.reader.readuntil(b"\r\n\r\n"), 10)
        status = int(head.split(b" ", 2)[1])
        length = next((int(line[15:]) for line in head.split(b"\r\n") if line.startswith(b"Content-Length:")), 0)
        return status, await self.reader.readexactly(length)

    async def ended(self) -> bool:
        return await asyncio.wait_for(self.reader.read(), 10) == b""


def serving(work: Callable[[Server, Callable[[], Coroutine[Any, Any, Client]]], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        server = Server(SMALL)
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(server.connection, "127.0.0.1", 0)
        address = listening.sockets[0].getsockname()
        clients: list[Client] = []

        async def connect() -> Client:
            clients.append(Client(*await asyncio.open_connection(*address)))
            return clients[-1]

        try:
            await work(server, connect)
        finally:
            for client in clients:
                client.writer.close()
            listening.close()
            await listening.wait_closed()
            for connection in tuple(server.open):
                connection.shut()
            await until(lambda: not server.open)

    asyncio.run(main())


def test_requests_of_one_connection_are_answered_in_order() -> None:
    async def work(server: Server, connect: Callable[[], Coroutine[Any, Any, Client]]) -> None:
        server.hold = True
        client = await connect()
        client.send(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b?q=1 HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(lambda: bool(server.held))
        assert [request.path for request in server.seen] == ["/a"]
        server.held.pop()(Answer(200, (), b"first"))
        await until(lambda: bool(server.held))
        server.held.pop()(Answer(200, (), b"second"))
        assert [await client.answer(), await client.answer()] == [(200, b"first"), (200, b"second")]
        assert server.seen[1].query == "q=1"

    serving(work)


def test_an_answer_is_given_once() -> None:
    async def work(server: Server, connect: Callable[[], Coroutine[Any, Any, Client]]) -> None:
        server.hold = True
        client = await connect()
        client.send(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(lambda: bool(server.held))
        respond = server.held.pop()
        respond(Answer(200, (), b"one"))
        respond(Answer(200, (), b"two"))
        client.send(b"GET /b HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        await until(lambda: bool(server.held))
        server.held.pop()(Answer(204))
        assert await client.answer() == (200, b"one")
        assert await client.answer() == (204, b"")
        assert await client.ended()

    serving(work)


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello", 200),
        (b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", 200),
        (b"GET /" + b"a" * 300 + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 700 + b"\r\n\r\n", 431),
        (b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n", 413),
        (b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n" + b"a" * 0xFFF + b"\r\n", 413),
        # Two lengths are how a request is smuggled behind another's.
        (b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
        (b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!", 400),
        (b"GET /x HTTP/1.1\nHost x\n\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX\x00: 1\r\n\r\n", 400),
    ],
)
def test_what_comes_is_taken_or_refused(sent: bytes, status: int) -> None:
    async def work(_server: Server, connect: Callable[[], Coroutine[Any, Any, Client]]) -> None:
        client = await connect()
        client.send(sent)
        assert (await client.answer())[0] == status
        if status >= 400:
            assert await client.ended()

    serving(work)


def test_the_body_is_asked_for_where_the_client_waits_to_be() -> None:
    async def work(_server: Server, connect: Callable[[], Coroutine[Any, Any, Client]]) -> None:
        client = await connect()
        client.send(b"POST /x HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n")
        assert await client.reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.send(b"hello")
        assert await client.answer() == (200, b"hello")

    serving(work)


def test_head_is_answered_without_a_body() -> None:
    async def work(_server: Server, connect: Callable[[], Coroutine[Any, Any, Client]]) -> None:
        client = await connect()
        client.send(b"HEAD /x HTTP/1.1\r\nHost: x\r\n\r\nGET /y HTTP/1.1\r\nHost: x\r\n\r\n")
        await client.reader.readuntil(b"\r\n\r\n")
        assert await client.answer() == (200, b"/y")

    serving(work)


def test_another_protocol_is_answered_in_this_one() -> None:
    async def work(_server: Server, connect: Callable[[], Coroutine[Any, Any, Client]]) -> None:
        client = await connect()
        client.send(b"GET /x HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        assert await client.answer() == (200, b"/x")

    serving(work)


def test_a_request_that_does_not_arrive_is_given_up() -> None:
    async def work(server: Server, connect: Callable[[], Coroutine[Any, Any, Client]]) -> None:
        client = await connect()
        client.send(b"GET /x HTTP/1.1\r\nHost:")
        await until(lambda: bool(server.open))
        await asyncio.sleep(0.05)
        server.now = SMALL.arriving + 1
        server.sweep()
        assert (await client.answer())[0] == 408
        assert await client.ended()

    serving(work)


def test_who_sends_too_much_gets_to_read_why() -> None:
    async def work(_server: Server, connect: Callable[[], Coroutine[Any, Any, Client]]) -> None:
        for _ in range(20):
            client = await connect()
            client.send(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n" + b"a" * 3_000_000)
            await client.writer.drain()
            assert (await client.answer())[0] == 413
            client.writer.close()

    serving(work)


def test_who_goes_on_sending_is_cut_off() -> None:
    async def work(server: Server, connect: Callable[[], Coroutine[Any, Any, Client]]) -> None:
        client = await connect()
        client.send(b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n")
        assert (await client.answer())[0] == 413
        await until(lambda: len(server.open) == 1)
        server.now = 3.0
        server.sweep()
        await until(lambda: not server.open)

    serving(work)


def test_a_quiet_connection_is_closed() -> None:
    async def work(server: Server, connect: Callable[[], Coroutine[Any, Any, Client]]) -> None:
        client = await connect()
        client.send(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
        await client.answer()
        server.now = SMALL.idle - 1
        server.sweep()
        assert len(server.open) == 1
        server.now = SMALL.idle + 1
        server.sweep()
        assert await client.ended()

    serving(work)


def test_a_slow_answer_is_waited_for() -> None:
    async def work(server: Server, connect: Callable[[], Coroutine[Any, Any, Client]]) -> None:
        server.hold = True
        client = await connect()
        client.send(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(lambda: bool(server.held))
        server.now = 10_000.0
        server.sweep()
        server.held.pop()(Answer(200, (), b"late"))
        assert await client.answer() == (200, b"late")

    serving(work)


def test_more_connections_than_there_may_be() -> None:
    async def work(server: Server, connect: Callable[[], Coroutine[Any, Any, Client]]) -> None:
        clients = [await connect() for _ in range(SMALL.connections)]
        await until(lambda: len(server.open) == SMALL.connections)
        assert (await (await connect()).answer())[0] == 503
        clients[0].send(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await clients[0].answer())[0] == 200

    serving(work)


def test_a_client_that_is_gone_is_not_written_to() -> None:
    async def work(server: Server, connect: Callable[[], Coroutine[Any, Any, Client]]) -> None:
        server.hold = True
        client = await connect()
        client.send(b"GET /x HTTP/1.1\r\nHost: x\r\n\r\n")
        await until(lambda: bool(server.held))
        client.writer.transport.abort()
        await until(lambda: not server.open)
        server.held.pop()(Answer(200, (), b"too late"))

    serving(work)


def test_headers_that_do_not_change_are_read_once() -> None:
    async def work(server: Server, connect: Callable[[], Coroutine[Any, Any, Client]]) -> None:
        client = await connect()
        for header in (b"one", b"one", b"two"):
            client.send(b"GET /x HTTP/1.1\r\nHost: x\r\nX-Name: " + header + b"\r\n\r\n")
            await client.answer()
        first, second, third = (request.headers for request in server.seen)
        assert first is second
        assert [first.get("x-name"), third.get("x-name")] == ["one", "two"]

    serving(work)


def test_trailers_are_no_headers_of_the_next_request() -> None:
    """Even where the next one has just these as headers, and the others as before."""
    body = b"1\r\na\r\n0\r\n"

    async def work(server: Server, connect: Callable[[], Coroutine[Any, Any, Client]]) -> None:
        client = await connect()
        first = b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n"
        client.send(first + b"\r\n" + body + b"Prefer: x\r\n\r\n")
        client.send(first + b"Prefer: x\r\n\r\n" + body + b"\r\n")
        assert [await client.answer() for _ in range(2)] == [(200, b"a")] * 2
        assert [one.headers.get("prefer") for one in server.seen] == ["", "x"]

    serving(work)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(chunks=st.lists(st.binary(max_size=80), max_size=6))
def test_no_bytes_make_it_fail(chunks: list[bytes]) -> None:
    written: list[bytes] = []

    class Transport(asyncio.Transport):
        closed = False

        def write(self, data: Any) -> None:
            written.append(bytes(data))

        def close(self) -> None:
            self.closed = True

        def is_closing(self) -> bool:
            return self.closed

        def can_write_eof(self) -> bool:
            return False

        def get_extra_info(self, _name: str, default: Any = None) -> Any:
            return default

    connection = Server(SMALL).connection()
    connection.connection_made(Transport())
    for chunk in (b"GET /x HTTP/1.1\r\n", *chunks):
        connection.data_received(chunk)
    assert all(part.startswith(b"HTTP/1.1 ") for part in written)
