"""Runs a command in a child that dies, or whose server dies, at a random word between the two.

The child is forked for each run, so this wants a process without threads of its own: benchmarks/kills.py.
"""

from __future__ import annotations

import json
import os
import signal
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NoReturn

import psycopg
from hypothesis import strategies as st
from property_world import Present

from deadly_words import DeadlyWords
from haulback.capture import copying, filling, taking_back
from haulback.capture.changes.giving_back import GivingBack
from haulback.errors import HaulbackError

_HUNG = 120  # seconds until a child that does not end is ended


@dataclass(frozen=True)
class Kill:
    """When who dies.

    Attributes:
        share: which of the words that a whole run says to the server, 0 to 1.
        when: before it is said, once it is sent and before the answer is read, or after the answer.
        delay: seconds between a word that is sent and the death.
        server: whether the server's first process dies, and not ours.
        users: whether users write before the command runs again; else it runs beside what the dead one left.
    """

    share: float
    when: str
    delay: float
    server: bool
    users: bool

    def __str__(self) -> str:
        return f"{'server' if self.server else 'we'} {self.when} {self.share:.3f}"


@st.composite
def kills(draw: st.DrawFn, most: int = 3) -> tuple[Kill, ...]:
    return tuple(
        Kill(
            draw(st.integers(0, 999)) / 1000,
            draw(st.sampled_from(("before", "sent", "sent", "answered"))),
            draw(st.sampled_from((0.0, 0.0005, 0.002, 0.01))),
            draw(st.integers(0, 4)) == 4,
            draw(st.booleans()),
        )
        for _ in range(draw(st.integers(0, most)))
    )


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes:
        status: of the process; DIED where it was killed.
        words: that it said to the server; 0 where it died.
        struck: whether somebody was killed.
        exit: code of its failure; 0 for none.
        failure: what it said of that.
        bug: a failure that no command may show.
    """

    status: int
    words: int = 0
    struck: bool = False
    exit: int = 0
    failure: str = ""
    bug: str = ""


class _Remote:
    """The users, who live in the process that does not die."""

    def __init__(self, told: Callable[[dict[str, Any]], None], answers: int) -> None:
        self._told, self._answers = told, answers

    def moment(self, name: str, most: int = 1) -> None:
        self._told({"moment": name, "most": most})
        os.read(self._answers, 1)


def run(
    act: Callable[[Present], HaulbackError | None],
    users: Present,
    server: int,
    kill: Kill | None,
    whole: int,
    *,
    small: bool,
) -> Ended:
    """Runs `act` in a child of its own.

    Args:
        act: the command; gets users who write here, in the parent.
        users: the real ones.
        server: pid of the server's first process.
        kill: who dies and when; None for nobody.
        whole: words that a run says when nobody dies.
        small: whether ranges and batches have two rows.
    """
    said, answers = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(said[0])
        os.close(answers[1])
        _child(act, said[1], answers[0], server, kill, whole, small=small)
    os.close(said[1])
    os.close(answers[0])
    told: dict[str, Any] = {}
    with os.fdopen(said[0]) as lines, os.fdopen(answers[1], "wb", buffering=0) as answer:
        for line in lines:
            one = json.loads(line)
            if "moment" in one:
                users.moment(one["moment"], one["most"])
                answer.write(b".")
            else:
                told |= one
    _, status = os.waitpid(pid, 0)
    return Ended(os.waitstatus_to_exitcode(status), **told)


def _child(
    act: Callable[[Present], HaulbackError | None],
    said: int,
    answers: int,
    server: int,
    kill: Kill | None,
    whole: int,
    *,
    small: bool,
) -> NoReturn:
    signal.alarm(_HUNG)

    def tell(what: dict[str, Any]) -> None:
        os.write(said, json.dumps(what).encode() + b"\n")

    deadly = _deadly(kill, server, whole, lambda: tell({"struck": True}))
    deadly.count()
    if small:
        _in_small_ranges()
    told: dict[str, Any] = {}
    try:
        failure = act(_Remote(tell, answers))
        if failure is not None:
            told = {"exit": failure.exit_code, "failure": f"{type(failure).__name__}: {failure}"}
    except psycopg.Error as error:
        told = {"exit": 1, "failure": f"{type(error).__name__}: {error}", "bug": traceback.format_exc()}
    except BaseException:  # noqa: BLE001 - told, whatever it is
        told = {"exit": 1, "bug": traceback.format_exc()}
    try:
        tell({**told, "words": deadly.said})
    finally:
        os._exit(0)  # whatever happens: what follows is the parent's


def _deadly(kill: Kill | None, server: int, whole: int, struck: Callable[[], None]) -> DeadlyWords:
    if kill is None:
        return DeadlyWords(struck, 0, "", 0)
    word = 1 + int(kill.share * whole)
    return DeadlyWords(struck, word, kill.when, server if kill.server else 0, kill.delay)


def _in_small_ranges() -> None:
    """Every table counts as large, and a range or batch of it has two rows."""
    copying._SMALL = -1
    copying.CopyAhead.copy.__kwdefaults__["rows"] = 2
    for one in (taking_back.fill, filling.fill, GivingBack.__init__):
        one.__kwdefaults__["batch"] = 2
