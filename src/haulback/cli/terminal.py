"""Progress for a person: one line a step on stderr, or JSON lines on stdout where asked."""

from __future__ import annotations

import json
import sys
from time import monotonic
from typing import Any

from haulback.deploy.progress import Progress
from haulback.pg.locks import Blocker
from haulback.redact import redact

_QUIET = 1.0  # seconds between two lines of the same long step


class Terminal:
    """Writes to stderr; colours only on a terminal and never under NO_COLOR."""

    def __init__(self) -> None:
        from rich.console import Console  # noqa: PLC0415 - start-up time is the floor of every command

        self._console = Console(stderr=True, highlight=False, soft_wrap=True)
        self._told = 0.0

    def step_begun(self, step: str, title: str) -> None:
        if self._console.is_terminal:
            self._console.print(f"[dim]… {step:<12} {title}[/dim]")

    def step_done(self, step: str, seconds: float, summary: str) -> None:
        self._console.print(f"[green]✓[/green] {step:<12} {seconds:7.3f} s  {_safe(summary)}")

    def step_failed(self, step: str, problem: str) -> None:
        self._console.print(f"[red]✗[/red] {step:<12} {_safe(problem)}")

    def waiting(self, what: str, tries: int, blockers: tuple[Blocker, ...]) -> None:
        who = "; ".join(map(str, blockers)) or "a session that was gone when we looked"
        self._console.print(
            f"[yellow]…[/yellow] {_safe(what)}: no lock after try {tries}, gave way; held by {_safe(who)}"
        )

    def part(self, step: str, text: str, done: int, total: int) -> None:
        now = monotonic()
        if done == total or now - self._told >= _QUIET:
            self._told = now
            self._console.print(f"  {step:<12} {done}/{total}  {_safe(text)}")

    def note(self, text: str) -> None:
        self._console.print(f"  note: {_safe(text)}")


class JsonLines:
    """Writes one JSON document a line to stdout; the command's result is the last."""

    def _write(self, event: str, **fields: Any) -> None:
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

    def part(self, step: str, text: str, done: int, total: int) -> None:
        self._write("part", step=step, text=text, done=done, total=total)

    def note(self, text: str) -> None:
        self._write("note", text=redact(text))


def progress(*, as_json: bool) -> Progress:
    """The listener that fits the way the command was called."""
    return JsonLines() if as_json else Terminal()


def result(document: dict[str, Any], text: str, *, as_json: bool) -> None:
    """The command's result on stdout: one JSON document on one line, or text."""
    if as_json:
        sys.stdout.write(json.dumps({"schema": "haulback/1", **document}) + "\n")
    elif text:
        sys.stdout.write(redact(text).rstrip("\n") + "\n")


def _safe(text: str) -> str:
    """Without secrets, and without what rich would take for markup."""
    return redact(text).replace("[", "\\[")
