"""Runs every check against a target and judges the answers by its policy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Protocol

import psycopg

from haulback import registry
from haulback.checks._context import CheckContext
from haulback.model.check import CheckResult, Outcome
from haulback.model.target import Policy
from haulback.pg.queries import script
from haulback.redact import redact

_ROOM = "haulback.checks"


class PreflightCheck(Protocol):
    """What the registry finds here, built in or from a plug-in."""

    id: str
    title: str

    def run(self, context: CheckContext) -> CheckResult:
        """Answers; may raise psycopg.Error."""


def checks() -> Mapping[str, PreflightCheck]:
    """Every check by id, in a stable order."""
    return registry.find(_ROOM, "checks", "CHECK")


def run(context: CheckContext) -> tuple[CheckResult, ...]:
    """Runs every check, in the order of `checks`, and judges each by the target's policy.

    A check that the server does not answer reads unknown. A check can wait neither for a lock nor for a slow
    catalog for longer than a few seconds. Any other exception is a bug and is not swallowed.
    """
    with _bounded(context.connection):
        results = tuple(_answer(check, context) for check in checks().values())
    return judge(results, context.target.policy)


def judge(results: tuple[CheckResult, ...], policy: Policy) -> tuple[CheckResult, ...]:
    """Returns the results with `blocks` set as the policy has it."""
    return tuple(replace(result, blocks=_blocks(result, policy)) for result in results)


def _blocks(result: CheckResult, policy: Policy) -> bool:
    if result.informational:
        return False
    match result.outcome:
        case Outcome.PASS:
            return False
        case Outcome.FAIL:
            return result.id not in policy.warn_only
        case Outcome.UNKNOWN:
            return policy.unknown_blocks and result.id not in policy.accept_unknown | policy.warn_only


def _answer(check: PreflightCheck, context: CheckContext) -> CheckResult:
    try:
        return check.run(context)
    except psycopg.Error as error:
        reason = redact(" ".join(str(error).split())) or type(error).__name__
        return CheckResult(
            id=check.id,
            title=check.title,
            outcome=Outcome.UNKNOWN,
            figure=f"could not be measured: {reason}",
            threshold="an answer from the server",
            hint="See why the server refused the question, then run the checks again.",
            informational=bool(getattr(check, "informational", False)),
        )


@contextmanager
def _bounded(connection: psycopg.Connection) -> Iterator[None]:
    """Bounds every statement of the session while the checks run, and puts the settings back.

    A session that is gone is no matter here: each check then says so for itself.
    """
    before = None
    with suppress(psycopg.Error):
        before = connection.execute(script(_ROOM, "_bounds.sql")).fetchone()
    try:
        yield
    finally:
        with suppress(psycopg.Error):
            connection.execute(
                "select pg_catalog.set_config('statement_timeout', %s, false),"
                " pg_catalog.set_config('lock_timeout', %s, false)",
                before,
            )
