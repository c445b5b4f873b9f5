"""A connection that speaks WebSocket (RFC 6455): frames to messages, bounds, and an end in any case.

`websockets` reads the frames; measured against wsproto it takes a third of the time a frame and four fifths of the
memory an idle connection. Nothing is compressed: a window of zlib costs more than an idle connection does. Frames that
go out are made once (`text_frame`, `binary_frame`) and may be written to many sockets.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

from websockets.frames import OP_BINARY, OP_CONT, OP_TEXT, CloseCode, Frame, Opcode
from websockets.protocol import OPEN, SERVER
from websockets.protocol import Protocol as Frames

from haulback.gateway.http.connection import Tended

TOO_MUCH = CloseCode.POLICY_VIOLATION
_SHORT, _LONG = 126, 1 << 16
_LINGER = 2.0  # seconds that the other side gets to answer a close frame


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """Bounds of one WebSocket.

    Attributes:
        message: bytes of a message that comes in.
        fragments: frames that a message may come in.
        unread: bytes that may wait for a client to read them; one that has more waiting when the next message comes is
            dropped. One message alone, as of who is present, may be larger.
        quiet: seconds after which a client that sends nothing is closed.
    """

    message: int = 5_000_000
    fragments: int = 1024
    unread: int = 4_000_000
    quiet: float = 60.0


class Receiver(Protocol):
    """Takes the messages of one socket."""

    def text(self, message: bytes) -> None:
        """A text message; whether it is UTF-8 is for who reads it to find out."""

    def binary(self, message: bytes) -> None:
        """A binary message."""

    def gone(self) -> None:
        """Called once, when the connection has ended."""


def text_frame(message: bytes) -> bytes:
    """One unmasked frame with a text."""
    return _header(0x81, len(message)) + message


def binary_frame(message: bytes) -> bytes:
    """One unmasked frame with bytes."""
    return _header(0x82, len(message)) + message


def _header(first: int, length: int) -> bytes:
    if length < _SHORT:
        return bytes((first, length))
    if length < _LONG:
        return struct.pack("!BBH", first, 126, length)
    return struct.pack("!BBQ", first, 127, length)


class WebSocket(asyncio.Protocol):
    """asyncio's protocol for one client, after the handshake.

    Args:
        transport: of the connection, from the handshake on.
        limits: of this socket.
        open_: what the worker sweeps and shuts; this one is in it while it lives.
        clock: seconds that only go forward.
    """

    __slots__ = (
        "_arrived",
        "_clock",
        "_fragments",
        "_frames",
        "_kind",
        "_limits",
        "_open",
        "_receiver",
        "_transport",
        "deadline",
    )

    def __init__(
        self,
        transport: asyncio.Transport,
        limits: SocketLimits,
        open_: set[Tended],
        clock: Callable[[], float],
    ) -> None:
        self._transport: asyncio.Transport | None = transport
        self._limits = limits
        self._open = open_
        self._clock = clock
        self._frames = Frames(SERVER, max_size=limits.message)
        self._receiver: Receiver | None = None
        self._kind: Opcode | None = None
        self._fragments: list[bytes] = []
        self._arrived = False
        self.deadline = clock() + limits.quiet
        open_.add(self)

    def begin(self, receiver: Receiver) -> None:
        """Takes who is told of messages; called once, before any arrives."""
        self._receiver = receiver

    def send_raw(self, frame: bytes) -> None:
        """Writes a whole frame, or drops a client that does not read what was written before."""
        transport = self._transport
        if transport is None or self._frames.state is not OPEN:
            return
        if transport.get_write_buffer_size() > self._limits.unread:
            transport.abort()
        else:
            transport.write(frame)

    def close(self, code: int, reason: str = "") -> None:
        """Begins the end, as the protocol has it; what was sent before still goes out."""
        if self._frames.state is OPEN:
            self._frames.send_close(code, reason)
            self._flush()

    @property
    def open(self) -> bool:
        """Whether anything can still be sent."""
        return self._transport is not None and self._frames.state is OPEN

    # asyncio's side

    def data_received(self, data: bytes) -> None:
        self._arrived = True
        frames = self._frames
        frames.receive_data(data)
        self._flush()
        for frame in cast("list[Frame]", frames.events_received()):
            self._take(frame)
            if frames.close_sent is not None and frames.close_rcvd is None:
                break  # we have closed: what follows is nobody's
        self._flush()

    def eof_received(self) -> bool:
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._open.discard(self)
        self._transport = None
        receiver, self._receiver = self._receiver, None
        if receiver is not None:
            receiver.gone()

    def pause_writing(self) -> None:
        """A client that does not read is not listened to."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.resume_reading()

    # the worker's side

    def sweep(self, now: float) -> None:
        """Closes the connection where its time is over."""
        if self._arrived:
            self._arrived = False
            if self._frames.state is OPEN:
                self.deadline = now + self._limits.quiet
        if now <= self.deadline or self._transport is None:
            return
        if self._frames.state is OPEN:
            self.close(CloseCode.NORMAL_CLOSURE)
        else:
            self._transport.abort()

    def shut(self) -> None:
        """The worker ends: clients are told to come back."""
        self.close(CloseCode.SERVICE_RESTART)

    @property
    def busy(self) -> bool:
        return False

    def _take(self, frame: Frame) -> None:
        opcode = frame.opcode
        if opcode is OP_TEXT or opcode is OP_BINARY:
            self._kind = opcode
        elif opcode is not OP_CONT:
            return
        if not frame.fin or self._fragments:
            self._fragments.append(bytes(frame.data))
            if len(self._fragments) > self._limits.fragments:
                self._frames.fail(CloseCode.MESSAGE_TOO_BIG, "too many fragments")
                return
        if not frame.fin:
            return
        message = bytes(frame.data) if not self._fragments else b"".join(self._fragments)
        self._fragments = []
        if self._receiver is None:
            return
        if self._kind is OP_TEXT:
            self._receiver.text(message)
        else:
            self._receiver.binary(message)

    def _flush(self) -> None:
        transport = self._transport
        for written in self._frames.data_to_send():
            if transport is None:
                return
            if written:
                transport.write(written)
            elif transport.can_write_eof():
                transport.write_eof()  # closed at once, what it still sends would keep it from reading why
        if transport is not None and self._frames.close_expected():
            self.deadline = min(self.deadline, self._clock() + _LINGER)
