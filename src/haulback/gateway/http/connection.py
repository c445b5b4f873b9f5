"""One connection of a client: requests come off it in order, and answers go out in the same order.

httptools (llhttp, the parser of Node.js) reads the bytes; there is no framework between it and the handler, because
each 20 microseconds of Python cost a fifth of what PostgreSQL could answer (docs/adr).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from time import perf_counter
from typing import Protocol, cast

import httptools

from haulback.gateway.answer import Answer, Refusal
from haulback.gateway.http.forwarded import Proxies
from haulback.gateway.http.headers import Headers, RawHeaders
from haulback.gateway.http.limits import Limits
from haulback.gateway.http.request import Request
from haulback.gateway.http.response import encoded

Respond = Callable[[Answer], None]
Handler = Callable[[Request, Respond], None]
Answered = Callable[[Request, Answer, float], None]

_GONE = Answer(499)  # as nginx has it
_LINGER = 2.0  # seconds that a client which is refused amid its request may go on sending


class Tended(Protocol):
    """What a worker looks after while it is open: a connection, or what one went on as."""

    def sweep(self, now: float) -> None:
        """Ends what has waited too long."""

    def shut(self) -> None:
        """Takes nothing more."""

    @property
    def busy(self) -> bool:
        """Whether something is being answered."""


class Connection(asyncio.Protocol):
    """asyncio's protocol for one client.

    Args:
        handler: is given each request and a function to answer it with, now or later, once.
        limits: of this connection.
        open_: all connections of the worker; this one is in it while it speaks HTTP.
        clock: seconds that only go forward.
        answered: told of each request once it is answered, with the answer and the seconds that it took; 499 stands for
            one whose client went away.
        proxies: that are believed whom they ask for; None where none are.
    """

    def __init__(
        self,
        handler: Handler,
        limits: Limits,
        open_: set[Tended],
        clock: Callable[[], float],
        answered: Answered | None = None,
        proxies: Proxies | None = None,
    ) -> None:
        self._handler = handler
        self._answered = answered
        self._proxies = proxies
        self._limits = limits
        self._open = open_
        self._clock = clock
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport | None = None
        self._peer = self._client = ""
        self._url: list[bytes] = []
        self._raw: RawHeaders = []
        self._size = 0
        self._body: list[bytes] = []
        self._has_body = False
        self._headers: Headers | None = None
        self._arrived: deque[tuple[Request, bool]] = deque()
        self._busy = False
        self._arriving = False
        self._closing = False
        self._refused: Answer | None = None
        self._behind: bytes | None = None  # what came behind a request that asks for another protocol
        self._successor: asyncio.Protocol | None = None
        self.deadline = clock() + limits.arriving

    # asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        peer = transport.get_extra_info("peername")
        self._peer = self._client = peer[0] if isinstance(peer, tuple) and peer else ""
        if len(self._open) >= self._limits.connections:
            self._closing = True
            refused = Answer(503, (("Retry-After", "1"),))
            self._transport.write(encoded(refused, head=False, close=True))
            self._transport.close()
            self._note_refused(refused)
            return
        self._open.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._open.discard(self)
        self._transport = None
        self._arrived.clear()

    def data_received(self, data: bytes) -> None:
        if self._closing:
            return
        if self._behind is not None:
            self._behind += data  # reading is paused: this is what was under way
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            # Who is answered in this protocol all the same (RFC 9110, 7.8) is not read any further: what was sent
            # behind the request is not HTTP any more.
            behind = data[upgrade.args[0] :]
            if self._successor is not None:
                self._succeed(behind)
            elif self._busy and self._transport is not None:
                self._behind = behind
                self._transport.pause_reading()
            else:
                self._closing = True
        except httptools.HttpParserError:
            self._refuse(self._refused or Answer(400))

    def pause_writing(self) -> None:
        """A client that does not read is not listened to."""
        if self._transport is not None:
            self._transport.pause_reading()

    def resume_writing(self) -> None:
        if self._transport is not None and len(self._arrived) < self._limits.waiting:
            self._transport.resume_reading()

    # the parser's side

    def on_message_begin(self) -> None:
        self._url, self._raw, self._body, self._size, self._has_body = [], [], [], 0, False
        self._arriving = True
        self._client = self._peer  # until all headers are there: a proxy's may be the last
        self.deadline = self._clock() + self._limits.arriving

    def on_url(self, url: bytes) -> None:
        self._size += len(url)
        if self._size > self._limits.line:
            self._stop(Answer(414))
        self._url.append(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self._size += len(name) + len(value)
        if self._size > self._limits.line + self._limits.headers:
            self._stop(Answer(431))
        self._raw.append((name, value))

    def on_headers_complete(self) -> None:
        self._size = 0
        if self._headers is None or self._headers.raw != self._raw:
            self._headers = Headers(self._raw.copy())  # trailers of the request are none of its headers
        if self._proxies is not None:
            self._client = self._proxies.client(self._peer, self._headers)
        length = self._headers.get("content-length", "0")
        self._has_body = "content-length" in self._headers.names() or bool(self._headers.get("transfer-encoding"))
        if length.isdecimal() and int(length) > self._limits.body:
            self._stop(Answer(413))
        if self._headers.get("expect").lower() == "100-continue" and self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size > self._limits.body:
            self._stop(Answer(413))
        self._body.append(body)

    def on_message_complete(self) -> None:
        self._arriving = False
        if self._closing or self._headers is None:
            return
        url = b"".join(self._url) if len(self._url) != 1 else self._url[0]
        path, _, query = url.decode("latin-1").partition("?")
        request = Request(
            method=self._parser.get_method().decode("latin-1"),
            path=path,
            query=query,
            headers=self._headers,
            body=b"".join(self._body) if self._body else b"",
            has_body=self._has_body,
            client=self._client,
        )
        if self._answered is not None:
            request.version = self._parser.get_http_version()
            self._url = []
        self._arrived.append((request, not self._parser.should_keep_alive()))
        if not self._busy:
            self._next()
        elif len(self._arrived) >= self._limits.waiting and self._transport is not None:
            self._transport.pause_reading()

    # in order

    def _next(self) -> None:
        if not self._arrived:
            self.deadline = self._clock() + self._limits.idle
            if self._refused is not None:
                self._end_with(self._refused)
            elif self._closing and self._transport is not None:
                self._transport.close()
            return
        request, close = self._arrived.popleft()
        self._busy = True
        self.deadline = float("inf")  # how long an answer takes is not the client's to hasten
        began = perf_counter() if self._answered is not None else 0.0
        answered = False

        def respond(answer: Answer) -> None:
            nonlocal answered
            if answered:
                return
            answered = True
            if self._answered is not None:
                told = answer if self._transport is not None else _GONE
                self._answered(request, told, perf_counter() - began)
            self._answer(request, answer, close=close)

        self._handler(request, respond)

    def _answer(self, request: Request, answer: Answer, *, close: bool) -> None:
        self._busy = False
        if self._transport is None:
            return
        if answer.then is not None and self._closing:
            answer, close = Answer(503), True  # the worker ends
        if not self._transport.is_closing():
            self._transport.write(encoded(answer, head=request.method == "HEAD", close=close and answer.then is None))
        if answer.then is not None:
            self._successor = answer.then(self._transport)
            if self._behind is not None:
                self._succeed(self._behind)
            return
        if close or (self._behind is not None and not self._arrived):
            self._closing = True
            self._transport.close()
            return
        if len(self._arrived) == self._limits.waiting - 1:
            self._transport.resume_reading()
        self._next()

    def _succeed(self, behind: bytes) -> None:
        """Hands the connection over, with what came for its successor already."""
        transport, successor = self._transport, self._successor
        if transport is None or successor is None:
            return
        self._open.discard(self)
        self._closing = True
        self._transport = None
        transport.set_protocol(successor)
        if self._behind is not None and not transport.is_closing():
            transport.resume_reading()
        if behind:
            successor.data_received(behind)

    def _stop(self, answer: Answer) -> None:
        self._refused = answer
        raise Refusal(answer.status, "", "")

    def _refuse(self, answer: Answer) -> None:
        """Answers in its turn, then closes: what follows on this connection cannot be read any more."""
        self._closing = True
        self._refused = answer
        if not self._busy:
            self._next()

    def _end_with(self, answer: Answer) -> None:
        """Answers, and listens for a little longer: who is cut off while sending does not get to read the answer."""
        self._closing = True
        if self._transport is None or self._transport.is_closing():
            return
        self._transport.write(encoded(answer, head=False, close=True))
        self._note_refused(answer)
        if self._transport.can_write_eof():
            self._transport.write_eof()
            self.deadline = self._clock() + _LINGER
        else:
            self._transport.close()

    def _note_refused(self, answer: Answer) -> None:
        """Tells of a request that could not be read to its end."""
        if self._answered is None:
            return
        path, _, query = b"".join(self._url).decode("latin-1").partition("?")
        method = self._parser.get_method().decode("latin-1") if path else "-"
        waited = self._clock() + self._limits.arriving - self.deadline if self._arriving else 0.0
        request = Request(method, path or "-", query, Headers(self._raw), client=self._client)
        self._answered(request, answer, max(0.0, waited))

    def sweep(self, now: float) -> None:
        """Closes the connection where its time is over."""
        if now <= self.deadline or self._busy or self._transport is None:
            return
        if self._transport.is_closing():
            self._transport.abort()  # what was written last is not being read
        elif self._arriving and not self._closing:
            self._end_with(Answer(408))
        else:
            self._transport.close()

    def shut(self) -> None:
        """No further request is taken; one that is being answered still is."""
        self._closing = True
        if not self._busy and self._transport is not None:
            self._transport.close()

    @property
    def busy(self) -> bool:
        return self._busy
