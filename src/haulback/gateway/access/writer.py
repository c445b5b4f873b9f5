"""Writes lines without keeping the loop waiting: a reader who does not read costs lines, not answers."""

from __future__ import annotations

import asyncio
import os
import select
import threading
from collections.abc import Callable, Iterator, Sequence
from queue import SimpleQueue

_PAUSE = 0.2  # seconds that lines are gathered
_MOST = 4 * 1024 * 1024  # bytes that wait to be written
_END = 1.0  # seconds that the last lines have to be taken


class Writer:
    """Gathers lines, and has a thread write them.

    Args:
        descriptor: of the file. Several processes may write to it: lines stay whole.
        left_out: the line that tells how many were not written.
        loop: that lines come from.
    """

    def __init__(self, descriptor: int, left_out: Callable[[int], str], loop: asyncio.AbstractEventLoop) -> None:
        self._descriptor = descriptor
        self._left_out = left_out
        self._loop = loop
        self._lines: list[bytes] = []
        self._size = 0
        self._missing = 0
        self._lost = 0  # by the thread, ever
        self._lost_told = 0
        self._waiting: asyncio.TimerHandle | None = None
        self._writing = False
        self._handed: SimpleQueue[Sequence[bytes] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._write_all, name="access log", daemon=True)
        self._thread.start()

    def add(self, line: str) -> None:
        """Takes a line, without its end."""
        if self._size > _MOST:
            self._missing += 1
            return
        written = f"{line}\n".encode("ascii", "backslashreplace")
        self._lines.append(written)
        self._size += len(written)
        if self._waiting is None:
            self._waiting = self._loop.call_later(_PAUSE, self._hand_over)

    def close(self) -> None:
        """Waits a moment until the last lines are written."""
        if self._waiting is not None:
            self._waiting.cancel()
        self._give()
        self._handed.put(None)
        self._thread.join(_END)

    def _hand_over(self) -> None:
        if self._writing:
            self._waiting = self._loop.call_later(_PAUSE, self._hand_over)
            return
        self._waiting = None
        self._give()

    def _give(self) -> None:
        lines, self._lines, self._size = self._lines, [], 0
        ever = self._lost  # the thread goes on counting
        missing = self._missing + ever - self._lost_told
        self._missing, self._lost_told = 0, ever
        if missing:
            lines.append(f"{self._left_out(missing)}\n".encode())
        if lines:
            self._writing = True
            self._handed.put(lines)

    # in the thread

    def _write_all(self) -> None:
        is_cut = False
        while (lines := self._handed.get()) is not None:
            for piece in _pieces(lines):
                # A line that was cut, as by a full disk, must not be the beginning of the next.
                left = _written(self._descriptor, b"\n" + piece if is_cut else piece)
                self._lost += left.removeprefix(b"\n").count(b"\n")
                if len(left) < len(piece):
                    is_cut = bool(left) and not piece.endswith(b"\n", 0, len(piece) - len(left))
            self._writing = False


def _pieces(lines: Sequence[bytes]) -> Iterator[bytes]:
    """Whole lines, as many as a pipe takes at once without another process's between them."""
    piece, size = list[bytes](), 0
    for line in lines:
        if piece and size + len(line) > select.PIPE_BUF:
            yield b"".join(piece)
            piece, size = [], 0
        piece.append(line)
        size += len(line)
    if piece:
        yield b"".join(piece)


def _written(descriptor: int, piece: bytes) -> bytes:
    """Writes it, and returns what could not be."""
    left = memoryview(piece)
    while left:
        try:
            left = left[os.write(descriptor, left) :]
        except BlockingIOError:
            room = select.poll()
            room.register(descriptor, select.POLLOUT)
            room.poll()
        except OSError:
            break  # who reads is gone, or the disk is full: the API goes on
    return bytes(left)
