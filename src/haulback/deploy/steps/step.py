"""The shape of a step: what can be run can be planned, run and undone by the same object."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from haulback.deploy.context import Context


class Step(Protocol):
    """One stage of a deployment. Steps keep no state: the journal and the context hold it."""

    id: str
    title: str

    def plan(self, context: Context) -> str:
        """One line that says what `run` would do; empty when there is nothing to do."""

    def run(self, context: Context) -> Mapping[str, Any]:
        """Does it, converging when a crash left it half done; returns what the journal notes."""

    def undo(self, context: Context) -> Mapping[str, Any]:
        """Takes it back, from whatever state a crash or failure left it in."""


class Nothing:
    """A step without anything to undo."""

    def undo(self, _context: Context) -> Mapping[str, Any]:
        return {}
