"""Frames as they come over a socket: the protocol's bounds, its close codes, and clients that are no good."""

from __future__ import annotations

import asyncio
import base64
import os
import struct
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from haulback.gateway.answer import Answer
from haulback.gateway.http.connection import Connection, Respond, Tended
from haulback.gateway.http.limits import Limits
from haulback.gateway.http.request import Request
from haulback.gateway.http.upgrade import asks, granted
from haulback.gateway.http.websocket import SocketLimits, WebSocket, binary_frame, text_frame

SMALL = SocketLimits(message=1000, fragments=4, unread=200_000, quiet=60)
TEXT, BYTES, CLOSE, PING, PONG, MORE = 1, 2, 8, 9, 10, 0


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - what is waited for is the protocol under test, which tells nobody
        await asyncio.sleep(0.001)


class Echo:
    """Says everything again, and keeps what it heard."""

    def __init__(self, socket: WebSocket) -> None:
        self.socket = socket
        self.ended = False
        self.heard: list[bytes] = []

    def text(self, message: bytes) -> None:
        self.heard.append(message)
        self.socket.send_raw(text_frame(message))

    def binary(self, message: bytes) -> None:
        self.heard.append(message)
        self.socket.send_raw(binary_frame(message))

    def gone(self) -> None:
        self.ended = True


class Server:
    def __init__(self) -> None:
        self.open: set[Tended] = set()
        self.echoes: list[Echo] = []
        self.now = 0.0
        self.held: list[Respond] | None = None

    def handle(self, request: Request, respond: Respond) -> None:
        def then(transport: asyncio.Transport) -> asyncio.Protocol:
            socket = WebSocket(transport, SMALL, self.open, lambda: self.now)
            self.echoes.append(Echo(socket))
            socket.begin(self.echoes[-1])
            return socket

        answer = granted(request, then) if asks(request) else Answer(200, (), b"plain")
        if self.held is None or not asks(request):
            respond(answer)
        else:
            self.held.append(lambda _answer: respond(answer))

    def sweep(self) -> None:
        for one in tuple(self.open):
            one.sweep(self.now)


class Client:
    def __init__(self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.server, self.reader, self.writer = server, reader, writer

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    def frame(self, opcode: int, payload: bytes = b"", *, final: bool = True, masked: bool = True) -> bytes:
        first = (0x80 if final else 0) | opcode
        if len(payload) < 126:
            head = struct.pack("!BB", first, (0x80 if masked else 0) | len(payload))
        elif len(payload) < 65536:
            head = struct.pack("!BBH", first, (0x80 if masked else 0) | 126, len(payload))
        else:
            head = struct.pack("!BBQ", first, (0x80 if masked else 0) | 127, len(payload))
        mask = os.urandom(4)
        if not masked:
            return head + payload
        return head + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))

    def send(self, opcode: int, payload: bytes = b"", *, final: bool = True, masked: bool = True) -> None:
        self.write(self.frame(opcode, payload, final=final, masked=masked))

    async def receive(self) -> tuple[int, bytes]:
        first, second = await asyncio.wait_for(self.reader.readexactly(2), 10)
        assert not second & 0x80, "a server does not mask"
        length = second
        if second == 126:
            (length,) = struct.unpack("!H", await self.reader.readexactly(2))
        elif second == 127:
            (length,) = struct.unpack("!Q", await self.reader.readexactly(8))
        return first & 0x0F, await asyncio.wait_for(self.reader.readexactly(length), 10)

    async def closed(self) -> int:
        """The code of the close frame that comes, and that nothing follows it."""
        opcode, payload = await self.receive()
        assert opcode == CLOSE
        assert await asyncio.wait_for(self.reader.read(), 10) == b""
        return int(struct.unpack("!H", payload[:2])[0]) if payload else 1005


HANDSHAKE = (
    b"GET /socket HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + base64.b64encode(bytes(16)) + b"\r\n\r\n"
)
Work = Callable[[Client], Awaitable[None]]


def serving(work: Work, *, upgraded: bool = True) -> None:
    async def main() -> None:
        server = Server()
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(
            lambda: Connection(server.handle, Limits(), server.open, lambda: server.now), "127.0.0.1", 0
        )
        client = Client(server, *await asyncio.open_connection(*listening.sockets[0].getsockname()))
        try:
            if upgraded:
                client.write(HANDSHAKE)
                assert (await client.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
            await work(client)
        finally:
            client.writer.close()
            listening.close()
            await listening.wait_closed()
            for one in tuple(server.open):
                one.shut()
            await until(lambda: not server.open)
            assert all(echo.ended for echo in server.echoes)

    asyncio.run(main())


def test_what_comes_behind_the_handshake_at_once_is_a_frame() -> None:
    async def work(client: Client) -> None:
        client.write(HANDSHAKE + client.frame(TEXT, b"early"))
        await client.reader.readuntil(b"\r\n\r\n")
        assert await client.receive() == (TEXT, b"early")

    serving(work, upgraded=False)


def test_a_handshake_that_is_answered_later_and_behind_another_request() -> None:
    async def work(client: Client) -> None:
        client.server.held = []
        client.write(b"GET /plain HTTP/1.1\r\nHost: x\r\n\r\n" + HANDSHAKE + client.frame(TEXT, b"one"))
        assert b"plain" in await client.reader.readuntil(b"plain")
        await until(lambda: bool(client.server.held))
        client.send(TEXT, b"two")
        await asyncio.sleep(0.01)
        client.server.held[0](Answer(200))
        await client.reader.readuntil(b"\r\n\r\n")
        assert [await client.receive(), await client.receive()] == [(TEXT, b"one"), (TEXT, b"two")]

    serving(work, upgraded=False)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ((b"Version: 13", b"Version: 8"), b"426"),
        ((base64.b64encode(bytes(16)), b"short"), b"400"),
        ((b"GET /socket", b"POST /socket"), b"400"),
    ],
)
def test_a_handshake_that_is_none_is_refused(change: tuple[bytes, bytes], status: bytes) -> None:
    async def work(client: Client) -> None:
        client.write(HANDSHAKE.replace(*change))
        assert (await client.reader.readline()).split()[1] == status

    serving(work, upgraded=False)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 1000])
@pytest.mark.parametrize("opcode", [TEXT, BYTES])
def test_messages_of_every_length(opcode: int, size: int) -> None:
    async def work(client: Client) -> None:
        client.send(opcode, b"x" * size)
        assert await client.receive() == (opcode, b"x" * size)

    serving(work)


def test_a_ping_is_answered_in_the_middle_of_a_message_in_fragments() -> None:
    async def work(client: Client) -> None:
        client.send(TEXT, b"a", final=False)
        client.send(PING, b"there?")
        client.send(PONG, b"unasked")
        client.send(MORE, b"", final=False)
        client.send(MORE, b"b")
        assert await client.receive() == (PONG, b"there?")
        assert await client.receive() == (TEXT, b"ab")
        client.send(CLOSE, struct.pack("!H", 1000))
        assert await client.closed() == 1000

    serving(work)


@pytest.mark.parametrize(
    ("frames", "code"),
    [
        ([(TEXT, b"x", True, False)], 1002),  # not masked
        ([(3, b"x", True, True)], 1002),  # no such opcode
        ([(MORE, b"x", True, True)], 1002),  # continues nothing
        ([(TEXT, b"x", False, True), (TEXT, b"y", True, True)], 1002),
        ([(PING, b"x" * 126, True, True)], 1002),
        ([(PING, b"x", False, True)], 1002),
        ([(CLOSE, b"\x03", True, True)], 1002),
        ([(CLOSE, b"\x03\xe8\xff", True, True)], 1007),  # a reason that is not UTF-8
        ([(TEXT, b"x" * 1001, True, True)], 1009),
        ([(TEXT, b"x" * 600, False, True), (MORE, b"x" * 600, True, True)], 1009),
        ([(TEXT, b"", False, True), *[(MORE, b"", False, True)] * 5], 1009),
    ],
)
def test_what_is_against_the_protocol_is_closed_with_its_code(
    frames: list[tuple[int, bytes, bool, bool]], code: int
) -> None:
    async def work(client: Client) -> None:
        for opcode, payload, final, masked in frames:
            client.send(opcode, payload, final=final, masked=masked)
        assert await client.closed() == code
        assert client.server.echoes[0].heard == []

    serving(work)


def test_a_length_beyond_all_bounds_is_refused_before_it_is_sent() -> None:
    async def work(client: Client) -> None:
        client.write(struct.pack("!BBQ", 0x82, 0x80 | 127, 1 << 62))
        assert await client.closed() == 1009

    serving(work)


def test_who_does_not_read_is_dropped_and_others_are_not_kept_waiting() -> None:
    async def work(client: Client) -> None:
        echo = client.server.echoes[0]
        frame = text_frame(b"x" * 50_000)
        while client.server.open and len(frame):
            echo.socket.send_raw(frame)  # never waits, whatever the client does
            await asyncio.sleep(0)
        assert echo.ended

    serving(work)


def test_who_says_nothing_for_a_minute_is_closed_and_who_does_is_not() -> None:
    async def work(client: Client) -> None:
        client.server.now = 50
        client.send(PONG)
        echo = client.server.echoes[0]
        await until(lambda: echo.socket._arrived)
        client.server.sweep()
        client.server.now = 100
        client.server.sweep()
        assert echo.socket.open
        client.server.now = 111
        client.server.sweep()
        assert await client.receive() == (CLOSE, struct.pack("!H", 1000))

    serving(work)


def test_who_does_not_answer_a_close_frame_is_cut_off() -> None:
    async def work(client: Client) -> None:
        echo = client.server.echoes[0]
        echo.socket.close(1000)
        assert await client.receive() == (CLOSE, struct.pack("!H", 1000))
        client.server.sweep()
        assert client.server.open
        client.server.now = 3
        client.server.sweep()
        await until(lambda: echo.ended)

    serving(work)


def test_a_worker_that_ends_tells_clients_to_come_back() -> None:
    async def work(client: Client) -> None:
        for one in tuple(client.server.open):
            one.shut()
        opcode, payload = await client.receive()
        assert (opcode, payload) == (CLOSE, struct.pack("!H", 1012))
        client.send(CLOSE, payload)
        assert await client.reader.read() == b""

    serving(work)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.binary(max_size=40), max_size=20), st.integers(1, 7))
def test_any_bytes_end_in_a_close_frame_or_are_waited_for(parts: list[bytes], step: int) -> None:
    async def work(client: Client) -> None:
        stream = b"".join(client.frame(BYTES, part) if at % step else part for at, part in enumerate(parts))
        client.write(stream)
        client.writer.write_eof()
        await asyncio.wait_for(client.reader.read(), 10)
        await until(lambda: not client.server.open)

    serving(work)
