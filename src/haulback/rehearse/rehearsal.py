"""Runs a plan for real on a shadow: forward, back, forward again, each compared.

It is the pipeline itself that runs there, on a target that happens to be a shadow: no second code path.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from time import perf_counter

import psycopg

from haulback.clock import Clock
from haulback.deploy import pipeline
from haulback.deploy.context import Context, NoTraces, Traces
from haulback.deploy.errors import DeploymentFailed, RollbackIncomplete
from haulback.deploy.progress import Silent
from haulback.deploy.steps.order import REHEARSED, STEPS
from haulback.deploy.work import Work
from haulback.errors import Exit, HaulbackError
from haulback.journal import history
from haulback.journal.journal import Journal, application_name
from haulback.migrations import plan_file
from haulback.model.migration import Plan, Statement
from haulback.model.rehearsal import Rehearsal
from haulback.model.sample import Sample
from haulback.model.schema import Schema, compare
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.catalog.reader import read
from haulback.pg.cluster import Running
from haulback.pg.locks import LockBudget
from haulback.pg.session import connect
from haulback.rehearse.shadow import Shadow
from haulback.rehearse.tracing import Tracer

_NAMED = 5  # differences told one by one


class RehearsalFailed(HaulbackError):
    template = "the rehearsal failed: {problem}"
    hint_template = "Mend the migration: on the target it would have failed in the same place. Nothing was touched."
    exit_code = Exit.REFUSED


@dataclass(frozen=True)
class _Run:
    """One copy of the shadow and what happened to it."""

    context: Context
    connection: psycopg.Connection


def rehearse(
    settings: Settings, target: Target, plan: Plan, before: Schema, sample: Sample, major: int, clock: Clock
) -> Rehearsal:
    """Returns what the shadow told.

    Args:
        settings: for home and lock budget.
        target: whose role and database name the shadow takes on.
        plan: what to run.
        before: the target's schema.
        sample: rows for the shadow.
        major: of the target's server.
        clock: for the pauses of the pipeline.

    Raises:
        RehearsalFailed: the plan does not run.
        ShadowBusy: another rehearsal is under way.
    """
    begun = perf_counter()
    shadow = Shadow(settings.home, major)
    with shadow.opened() as running:
        image = shadow.image(running, before, sample)
        tracer = Tracer()
        first = _forward(shadow, running, image, settings, target, plan, clock, tracer)
        there, after = first
        problems = _back_and_forth(shadow, running, image, settings, target, plan, clock, there, after)
    notes = tuple(_difference_notes(before, there))
    return Rehearsal(
        plan_hash=plan.hash,
        before=there,
        after=after,
        difference=compare(there, after),
        reversible=not problems,
        times=tuple(tracer.times),
        units=tuple(tracer.units),
        problems=problems,
        notes=(*notes, *(f"no rows of {name} on the shadow: {why}" for name, why in sample.skipped)),
        major=shadow.major,
        seconds=perf_counter() - begun,
    )


def _forward(
    shadow: Shadow,
    running: Running,
    image: str,
    settings: Settings,
    target: Target,
    plan: Plan,
    clock: Clock,
    tracer: Tracer,
) -> tuple[Schema, Schema]:
    """The first run, without captures: it shows what there is to capture."""
    with ExitStack() as stack:
        copy = shadow.fresh(running, image, target)
        there = _schema(shadow, running, copy)
        context = _context(stack, shadow, running, settings, copy, plan, clock, tracer, None, None)
        _run_forward(context, ("migrate",))
        return there, _schema(shadow, running, copy)


def _back_and_forth(
    shadow: Shadow,
    running: Running,
    image: str,
    settings: Settings,
    target: Target,
    plan: Plan,
    clock: Clock,
    before: Schema,
    after: Schema,
) -> tuple[str, ...]:
    """Forward with captures, back, forward again; returns what did not come out as it should."""
    with ExitStack() as stack:
        copy = shadow.fresh(running, image, target)
        context = _context(stack, shadow, running, settings, copy, plan, clock, NoTraces(), before, after)
        context = _run_forward(context, REHEARSED)
        try:
            pipeline.back(context, _steps(REHEARSED))
        except RollbackIncomplete as failure:
            return (failure.problem,)
        problems = _told("after going back", before, _schema(shadow, running, copy))
        if problems:
            return problems
        again = _context(stack, shadow, running, settings, copy, plan, clock, NoTraces(), before, after)
        _run_forward(again, REHEARSED)
        return _told("after going forward again", after, _schema(shadow, running, copy))


def _run_forward(context: Context, steps: tuple[str, ...]) -> Context:
    try:
        return pipeline.forward(context, _steps(steps))
    except (DeploymentFailed, RollbackIncomplete) as failure:
        cause = failure.__cause__ or failure
        raise RehearsalFailed(problem=str(cause)) from failure


def _steps(names: tuple[str, ...]) -> tuple:  # type: ignore[type-arg]
    return tuple(step for step in STEPS if step.id in names)


def _context(
    stack: ExitStack,
    shadow: Shadow,
    running: Running,
    settings: Settings,
    copy: Target,
    plan: Plan,
    clock: Clock,
    traces: Traces,
    before: Schema | None,
    expected: Schema | None,
) -> Context:
    keeper = stack.enter_context(connect(copy, "haulback/keeper"))
    journal = Journal(keeper)
    journal.install()
    history.prepare(keeper)
    deployment = journal.begin(plan.hash, plan_file.to_json(plan, statements=False), copy.name, plan.environment)
    connection = stack.enter_context(connect(copy, application_name(deployment.id)))
    from haulback.journal.lock import acquire

    acquire(keeper, copy.name)
    progress = Silent()
    return Context(
        target=copy,
        settings=settings,
        plan=plan,
        deployment=deployment,
        journal=journal,
        work=Work(keeper, connection, copy.name, LockBudget(settings.lock_budget, 5.0), progress, clock),
        progress=progress,
        clock=clock,
        before=before,
        expected=expected,
        extension=_extension(shadow, running, copy),
        traces=traces,
    )


def _schema(shadow: Shadow, running: Running, copy: Target) -> Schema:
    with shadow.superuser(running, copy) as connection:
        return read(connection)


def _told(when: str, wanted: Schema, found: Schema) -> tuple[str, ...]:
    if wanted.fingerprint_without_order == found.fingerprint_without_order:
        return ()
    lines = compare(wanted, found).lines()
    return tuple(f"{when}: {line}" for line in lines[:_NAMED]) + (
        (f"{when}: {len(lines) - _NAMED} more differences",) if len(lines) > _NAMED else ()
    )


def _difference_notes(before: Schema, there: Schema) -> list[str]:
    lines = compare(before, there).lines()
    return [f"the shadow differs from the target: {line}" for line in lines[:_NAMED]]
