"""Runs a use case in a child that dies, or whose server dies, at its n-th word to the server."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, NoReturn

import psycopg

from haulback.errors import HaulbackError

DIED = -signal.SIGKILL
_HUNG = 120  # seconds until a child that does not end is ended
_REAL = psycopg.Connection.wait


@dataclass(frozen=True)
class Kill:
    """Who dies at which word: `before` it is said, or once it is `sent` and before its answer is read."""

    word: int
    when: str = "before"
    server: int = 0  # pid of the server's first process; 0 for ourselves


@dataclass(frozen=True)
class Ended:
    """How a child ended: its status, whether somebody was killed, and what it failed with."""

    status: int
    struck: bool = False
    failure: str = ""
    ours: bool = True  # whether the failure, if any, is one that says what to do next
    bug: bool = False  # whether it is one that no command may end with


class _Deadly:
    """Stands in for `psycopg.Connection.wait`, through which all words and their answers go."""

    def __init__(self, kill: Kill, told: Callable[[dict[str, Any]], None]) -> None:
        self._kill, self._told, self._words = kill, told, 0

    def __call__(self, connection: psycopg.Connection, gen: Generator, *rest: Any, **more: Any) -> Any:
        if threading.current_thread() is threading.main_thread():
            self._words += 1
            if self._words == self._kill.word:
                if self._kill.when == "before":
                    self._strike()
                else:
                    gen = self._sent(gen)
        return _REAL(connection, gen, *rest, **more)

    def _sent(self, gen: Generator) -> Generator:
        try:
            state = next(gen)
        except StopIteration as over:  # its answer was here at once
            self._strike()
            return over.value
        self._strike()
        try:
            while True:
                ready = yield state
                state = gen.send(ready)
        except StopIteration as over:
            return over.value

    def _strike(self) -> None:
        self._told({"struck": True})
        if not self._kill.server:
            os.kill(os.getpid(), signal.SIGKILL)
        os.kill(self._kill.server, signal.SIGKILL)
        time.sleep(0.05)


def run(act: Callable[[], object], kill: Kill) -> Ended:
    """Runs `act` in a child of its own."""
    said = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(said[0])
        _child(act, said[1], kill)
    os.close(said[1])
    told: dict[str, Any] = {}
    with os.fdopen(said[0]) as lines:
        for line in lines:
            told |= json.loads(line)
    _, status = os.waitpid(pid, 0)
    return Ended(os.waitstatus_to_exitcode(status), **told)


def _child(act: Callable[[], object], said: int, kill: Kill) -> NoReturn:
    signal.alarm(_HUNG)

    def tell(what: dict[str, Any]) -> None:
        os.write(said, json.dumps(what).encode() + b"\n")

    deadly = _Deadly(kill, tell)

    def wait(*given: Any, **more: Any) -> Any:  # a function, so that it becomes a method
        return deadly(*given, **more)

    psycopg.Connection.wait = wait
    try:
        act()
    except BaseException as error:  # noqa: BLE001 - told, whatever it is
        ours, servers = isinstance(error, HaulbackError), isinstance(error, psycopg.Error)
        tell({"failure": f"{type(error).__name__}: {error}", "ours": ours, "bug": not (ours or servers)})
    finally:
        os._exit(0)  # whatever happens: what follows is the parent's
