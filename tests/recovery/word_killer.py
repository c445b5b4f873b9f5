"""Runs a use case in a child that dies, or whose server dies, at its n-th word to the server."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import psycopg

from deadly_words import DeadlyWords
from haulback.errors import HaulbackError

_HUNG = 120  # seconds until a child that does not end is ended


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

    DeadlyWords(lambda: tell({"struck": True}), kill.word, kill.when, kill.server).count()
    try:
        act()
    except BaseException as error:  # noqa: BLE001 - told, whatever it is
        ours, servers = isinstance(error, HaulbackError), isinstance(error, psycopg.Error)
        tell({"failure": f"{type(error).__name__}: {error}", "ours": ours, "bug": not (ours or servers)})
    finally:
        os._exit(0)  # whatever happens: what follows is the parent's
