"""Answers as bytes."""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

from haulback.gateway.answer import Answer


@lru_cache(maxsize=512)
def _status_line(status: int, reason: str | None) -> bytes:
    if reason is None:
        try:
            reason = HTTPStatus(status).phrase
        except ValueError:
            reason = ""
    return f"HTTP/1.1 {status} {_one_line(reason)}\r\n".encode("utf-8", "replace")


@lru_cache(maxsize=4096)
def _header(name: str, value: str) -> bytes:
    return f"{name}: {_one_line(value)}\r\n".encode("utf-8", "replace")


def _one_line(text: str) -> str:
    # A line break would begin a header of somebody else's making.
    return text.replace("\r", " ").replace("\n", " ").replace("\0", " ")


class _Clock:
    """The Date header, made anew once a second."""

    def __init__(self) -> None:
        self._second = 0
        self._line = b""

    def line(self) -> bytes:
        second = int(time.time())
        if second != self._second:
            self._second = second
            self._line = f"Date: {formatdate(second, usegmt=True)}\r\nServer: haulback\r\n".encode()
        return self._line


_clock = _Clock()
_NO_BODY = frozenset({HTTPStatus.SWITCHING_PROTOCOLS, HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})


def encoded(answer: Answer, *, head: bool, close: bool) -> bytes:
    """The whole response: its length is always told, so that a connection can be used again."""
    parts = [_status_line(answer.status, answer.reason), _clock.line()]
    parts.extend([_header(name, value) for name, value in answer.headers])
    if answer.status not in _NO_BODY:
        length = len(answer.body) if answer.length is None else answer.length
        if not (head and answer.length is None and not answer.body):
            parts.append(b"Content-Length: %d\r\n" % length)
    parts.append(b"Connection: close\r\n\r\n" if close else b"\r\n")
    if not head and answer.status not in _NO_BODY:
        parts.append(answer.body)
    return b"".join(parts)
