"""Runs lints against a target, each in a bounded transaction that can only read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

import psycopg

from haulback import registry
from haulback.advice import here
from haulback.advice.here import Here
from haulback.advice.lint import LintContext
from haulback.model.advice import AdviceLevel, Category, LintAnswer, Looked
from haulback.pg.queries import script
from haulback.redact import redact


class AdviceLint(Protocol):
    """What the registry finds here, built in or from a plug-in."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def level(self) -> AdviceLevel: ...
    @property
    def categories(self) -> tuple[Category, ...]: ...
    @property
    def prefix(self) -> str: ...

    def run(self, context: LintContext) -> LintAnswer:
        """Answers; may raise psycopg.Error."""


def lints() -> Mapping[str, AdviceLint]:
    """Every lint by id, in a stable order."""
    return registry.find("haulback.advice.lints", "advice", "ADVICE")


def look_around(connection: psycopg.Connection) -> Here:
    """What the target has; one round trip.

    Raises:
        psycopg.Error: the server did not answer.
    """
    with _bounded(connection):
        return here.read(connection)


def run(context: LintContext, chosen: Iterable[AdviceLint]) -> tuple[LintAnswer, ...]:
    """Asks each lint in turn; one that the server does not answer reads unknown, with the reason.

    Any other exception is a bug and is not swallowed.
    """
    return tuple(_answer(one, context) for one in chosen)


def _answer(lint: AdviceLint, context: LintContext) -> LintAnswer:
    try:
        with _bounded(context.connection):
            return lint.run(context)
    except psycopg.Error as error:
        reason = redact(" ".join(str(error).split())) or type(error).__name__
        return LintAnswer(lint.id, lint.title, lint.level, Looked.UNKNOWN, reason)


@contextmanager
def _bounded(connection: psycopg.Connection) -> Iterator[None]:
    """One transaction; the settings are its own, so that they hold behind a transaction pooler too."""
    with connection.transaction():
        connection.execute(script(__package__, "bounds.sql"))
        yield
