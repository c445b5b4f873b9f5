"""The shape of a check: a name, a threshold told to a person, and one measurement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg

from haulback.checks._context import CheckContext
from haulback.model.check import CheckResult, Outcome


@dataclass(frozen=True, slots=True)
class Finding:
    """What one measurement came to; see `CheckResult` for the words."""

    outcome: Outcome
    figure: str
    threshold: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """A member of this room, bound to the name CHECK in a file of its own.

    Attributes:
        id: kebab-case; the file is named so with underscores, the page in docs/checks with hyphens.
        measure: reads the context and decides; raises psycopg.Error where the server does not answer.
        informational: whether the answer is told and never blocks.
    """

    id: str
    title: str
    measure: Callable[[CheckContext], Finding]
    informational: bool = False

    def run(self, context: CheckContext) -> CheckResult:
        """Returns the answer, not yet judged by any policy.

        Raises:
            psycopg.Error: the server did not answer.
        """
        return self.result(self.measure(context))

    def result(self, finding: Finding) -> CheckResult:
        return CheckResult(
            id=self.id,
            title=self.title,
            outcome=finding.outcome,
            figure=finding.figure,
            threshold=finding.threshold,
            hint=finding.hint,
            informational=self.informational,
        )


def held(*, within: bool, figure: str, threshold: str, hint: str) -> Finding:
    """A pass, or a fail with the hint."""
    outcome = Outcome.PASS if within else Outcome.FAIL
    return Finding(outcome, figure, threshold, "" if within else hint)


def unknown(figure: str, threshold: str, hint: str) -> Finding:
    """What could not be measured; `figure` says why."""
    return Finding(Outcome.UNKNOWN, figure, threshold, hint)


def one_row(connection: psycopg.Connection, query: LiteralString, **parameters: Any) -> tuple[Any, ...]:
    """The only row of an aggregate or of a select without from."""
    row = connection.execute(query, parameters).fetchone()
    assert row is not None  # noqa: S101 - such a select always has one row
    return row


def listed(names: list[str], most: int = 5) -> str:
    """Names for a person: the first few, and how many more."""
    rest = len(names) - most
    return ", ".join(names[:most]) + (f" and {rest} more" if rest > 0 else "")
