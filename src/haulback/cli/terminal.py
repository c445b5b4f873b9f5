"""Progress for a person: one line a step on stderr, or JSON lines on stdout where asked."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any, TextIO

import click

from haulback.deploy.progress import Progress
from haulback.model.blocker import Blocker
from haulback.redact import redact

_QUIET = 1.0  # seconds between two lines of the same long step


class Terminal:
    """Writes to stderr; colours only on a terminal and never under NO_COLOR."""

    def __init__(self) -> None:
        self._colours = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
        self._told = 0.0

    def _line(self, sign: str, colour: str, text: str) -> None:
        with _heard_or_not(sys.stderr, OSError):
            click.echo(click.style(sign, fg=colour) + " " + redact(text), err=True, color=self._colours)

    def step_begun(self, step: str, title: str) -> None:
        if self._colours:
            self._line("…", "bright_black", f"{step:<12} {title}")

    def step_done(self, step: str, seconds: float, summary: str) -> None:
        self._line("✓", "green", f"{step:<12} {seconds:7.3f} s  {summary}".rstrip())

    def step_failed(self, step: str, problem: str) -> None:
        self._line("✗", "red", f"{step:<12} {problem}")

    def waiting(self, what: str, tries: int, blockers: tuple[Blocker, ...]) -> None:
        who = "; ".join(map(str, blockers)) or "a session that was gone when we looked"
        self._line("…", "yellow", f"{what}: no lock after try {tries}, gave way; held by {who}")

    def working(self, what: str, phase: str, done: int, total: int) -> None:
        share = f" {100 * done // total} %" if total else ""
        self._line("…", "bright_black", f"{what}: {phase}{share}")

    def part(self, step: str, text: str, done: int, total: int) -> None:
        now = monotonic()
        if done == total or now - self._told >= _QUIET:
            self._told = now
            self._line(" ", "white", f"{step:<12} {done}/{total}  {text}")

    def note(self, text: str) -> None:
        self._line(" ", "white", f"note: {text}")


class JsonLines:
    """Writes one JSON document a line to stdout; the command's result is the last."""

    def _write(self, event: str, **fields: Any) -> None:
        with _heard_or_not(sys.stdout, OSError):
            sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
            sys.stdout.flush()

    def step_begun(self, step: str, title: str) -> None:
        self._write("step begun", step=step, title=title)

    def step_done(self, step: str, seconds: float, summary: str) -> None:
        self._write("step done", step=step, seconds=round(seconds, 3), summary=redact(summary))

    def step_failed(self, step: str, problem: str) -> None:
        self._write("step failed", step=step, problem=redact(problem))

    def waiting(self, what: str, tries: int, blockers: tuple[Blocker, ...]) -> None:
        self._write("waiting", what=what, tries=tries, blockers=[str(one) for one in blockers])

    def working(self, what: str, phase: str, done: int, total: int) -> None:
        self._write("working", what=what, phase=phase, done=done, total=total)

    def part(self, step: str, text: str, done: int, total: int) -> None:
        self._write("part", step=step, text=text, done=done, total=total)

    def note(self, text: str) -> None:
        self._write("note", text=redact(text))


def progress(*, as_json: bool) -> Progress:
    """The listener that fits the way the command was called."""
    return JsonLines() if as_json else Terminal()


def either(document: Callable[[], dict[str, Any]], text: Callable[[], str], *, as_json: bool) -> None:
    """As `result`; only the one that is wanted is made, since either may be long."""
    result(document() if as_json else {}, "" if as_json else text(), as_json=as_json)


def result(document: dict[str, Any], text: str, *, as_json: bool) -> None:
    """The command's result on stdout: one JSON document on one line, or text."""
    line = json.dumps({"schema": "haulback/1", **document}) if as_json else redact(text).rstrip("\n")
    if line:
        with _heard_or_not(sys.stdout, BrokenPipeError):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()


def verbatim(text: str) -> None:
    """The command's result on stdout as it is: a document that a file is made of, with no secret in it."""
    with _heard_or_not(sys.stdout, BrokenPipeError):
        sys.stdout.write(text)
        sys.stdout.flush()


@contextmanager
def _heard_or_not(stream: TextIO, unheard: type[OSError]) -> Iterator[None]:
    """Goes on where nobody reads `stream` any more (`| head -1`): a deployment must not stop half-way for that."""
    try:
        yield
    except unheard:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)
