"""What a deployment tells while it runs. The command line prints it; tests and programs may collect it."""

from __future__ import annotations

from typing import Protocol

from haulback.model.blocker import Blocker


class Progress(Protocol):
    """Listens to a deployment."""

    def step_begun(self, step: str, title: str) -> None:
        """A step starts; its intent is in the journal."""

    def step_done(self, step: str, seconds: float, summary: str) -> None:
        """A step ended well."""

    def step_failed(self, step: str, problem: str) -> None:
        """A step failed; what follows decides what happens."""

    def waiting(self, what: str, tries: int, blockers: tuple[Blocker, ...]) -> None:
        """A lock was not to be had; we gave way and try again. Said again now and then while that lasts."""

    def working(self, what: str, phase: str, done: int, total: int) -> None:
        """How far a long statement is, about once a second; `total` is 0 where the server does not know it."""

    def part(self, step: str, text: str, done: int, total: int) -> None:
        """A part of a long step is done."""

    def note(self, text: str) -> None:
        """Something a person should know."""


class Silent:
    """Tells nobody."""

    def step_begun(self, step: str, title: str) -> None: ...

    def step_done(self, step: str, seconds: float, summary: str) -> None: ...

    def step_failed(self, step: str, problem: str) -> None: ...

    def waiting(self, what: str, tries: int, blockers: tuple[Blocker, ...]) -> None: ...

    def working(self, what: str, phase: str, done: int, total: int) -> None: ...

    def part(self, step: str, text: str, done: int, total: int) -> None: ...

    def note(self, text: str) -> None: ...
