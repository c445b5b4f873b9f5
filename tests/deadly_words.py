"""Counts the words of a process to the server, and kills one of the two at one of them. For children: it cannot be undone."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

import psycopg

DIED = -signal.SIGKILL
_REAL = psycopg.Connection.wait


class DeadlyWords:
    """Stands in for `psycopg.Connection.wait`, through which all words and their answers go.

    Args:
        struck: called before the death.
        word: at which somebody dies; 0 for none.
        when: `before` it is said, once it is `sent` and before its answer is read, or when it is `answered`.
        server: pid of the server's first process; 0 for ourselves.
        delay: seconds between a word that is sent and the death.
    """

    def __init__(self, struck: Callable[[], None], word: int, when: str, server: int, delay: float = 0) -> None:
        self._struck, self._word, self._when, self._server, self._delay = struck, word, when, server, delay
        self.said = 0

    def count(self) -> None:
        """From now on."""

        def wait(*given: Any, **more: Any) -> Any:  # a function, so that it becomes a method
            return self._wait(*given, **more)

        psycopg.Connection.wait = wait

    def _wait(self, connection: psycopg.Connection, gen: Generator, *rest: Any, **more: Any) -> Any:
        if threading.current_thread() is not threading.main_thread():
            return _REAL(connection, gen, *rest, **more)  # how often a watch looks is chance
        self.said += 1
        when = self._when if self.said == self._word else ""
        if when == "before":
            self._strike()
        answer = _REAL(connection, self._sent(gen) if when == "sent" else gen, *rest, **more)
        if when == "answered":
            self._strike()
        return answer

    def _sent(self, gen: Generator) -> Generator:
        try:
            state = next(gen)
        except StopIteration as over:  # its answer was here at once
            self._strike()
            return over.value
        time.sleep(self._delay)
        self._strike()
        try:
            while True:
                ready = yield state
                state = gen.send(ready)
        except StopIteration as over:
            return over.value

    def _strike(self) -> None:
        self._struck()
        os.kill(self._server or os.getpid(), signal.SIGKILL)
        time.sleep(0.05)
