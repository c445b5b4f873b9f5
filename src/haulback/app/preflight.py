"""Use case: the pre-flight checks of a plan, and the refusal that a blocking one leads to."""

from __future__ import annotations

from datetime import timedelta

import psycopg

from haulback.app import proved_backup
from haulback.app.target import local_directories
from haulback.checks import preflight
from haulback.checks._context import CheckContext, Requirements, Thresholds
from haulback.clock import Clock
from haulback.deploy.progress import Progress
from haulback.errors import Exit, HaulbackError
from haulback.journal import lock
from haulback.migrations.needs import changed_by, relations_of
from haulback.model.capture_cost import CaptureEstimate
from haulback.model.check import CheckResult, Outcome
from haulback.model.migration import Plan
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.session import backend, server
from haulback.verify import verification


class PreflightRefused(HaulbackError):
    template = "pre-flight refuses: {problems}"
    hint_template = "{advice}"
    exit_code = Exit.REFUSED


class UnknownCheck(HaulbackError):
    template = "the policy of {target} names a check {id}, and there is none"
    hint_template = "The checks are {known}."
    exit_code = Exit.USAGE


def run(
    settings: Settings,
    connection: psycopg.Connection,
    target: Target,
    plan: Plan,
    clock: Clock,
    capture: CaptureEstimate | None = None,
) -> tuple[CheckResult, ...]:
    """Runs every check for the plan; changes nothing. `capture` is what the plan keeps, None where nobody knows.

    Raises:
        UnknownCheck: the target's policy names one that does not exist.
    """
    named = target.policy.warn_only | target.policy.accept_unknown
    known = (*preflight.checks(), *verification.probes())
    if unknown := sorted(named.difference(known)):
        raise UnknownCheck(target=target.name, id=unknown[0], known=", ".join(known))
    given = settings.thresholds
    proved, backups_unknown = proved_backup.newest(settings, target, connection, changed_by(plan))
    context = CheckContext(
        target=target,
        connection=connection,
        server=server(connection),
        thresholds=Thresholds(
            connections_share=given.connections,
            load_share=given.load,
            free_share=given.free_disk,
            backup_age=timedelta(hours=given.backup_age),
            transaction_age=timedelta(seconds=given.transaction_age),
            lock_wait=timedelta(seconds=settings.lock_budget / 2),
        ),
        clock=clock,
        relations=relations_of(plan),
        required=Requirements(),
        data_directories=local_directories(settings, target),
        history_problems=tuple(f"{version} is applied and has no file" for version in plan.unknown),
        deployment_lock=(lock.LOCK_CLASS, lock.LOCK_OBJECT),
        own_processes=frozenset({backend(connection)}),
        proved_backup=proved,
        backups_unknown=backups_unknown,
        capture=capture if plan.migrations else CaptureEstimate(),
    )
    return preflight.run(context)


def require(
    settings: Settings,
    connection: psycopg.Connection,
    target: Target,
    plan: Plan,
    progress: Progress,
    clock: Clock,
    capture: CaptureEstimate | None = None,
) -> tuple[CheckResult, ...]:
    """Runs the checks and returns their results.

    Raises:
        PreflightRefused: the policy of the target lets one of them block.
    """
    results = run(settings, connection, target, plan, clock, capture)
    for result in results:
        if result.outcome is not Outcome.PASS and not result.informational:
            progress.note(f"{result.id}: {result.outcome.value}: {result.figure} (wanted: {result.threshold})")
    blocking = [result for result in results if result.blocks]
    if blocking:
        problems = "; ".join(f"{one.id} {one.outcome.value}: {one.figure}" for one in blocking)
        advice = blocking[0].hint or "`haulback preflight` shows every check."
        raise PreflightRefused(problems=problems, advice=advice)
    return results
