"""Use case: deploy the pending migrations of a target, or take up what a crash left."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import psycopg

from haulback.app import approving, preflight, rehearsing
from haulback.app.extensions import stand_in
from haulback.model.outcome import Outcome
from haulback.app.planning import planned
from haulback.app.target import operator
from haulback.clock import Clock, SystemClock
from haulback.deploy import pipeline
from haulback.deploy.context import Context
from haulback.deploy.progress import Progress, Silent
from haulback.deploy.recovery import Course, course, end_orphans
from haulback.deploy.steps.order import chosen
from haulback.deploy.work import Work
from haulback.errors import Exit, HaulbackError
from haulback.journal import history, lock
from haulback.journal.journal import Journal, application_name
from haulback.migrations import plan_file
from haulback.migrations.folder import find
from haulback.migrations.parse import read_script
from haulback.model.check import CheckResult
from haulback.model.deployment import Deployment, State
from haulback.model.migration import Plan, Script
from haulback.model.rehearsal import Rehearsal
from haulback.model.schema import Schema
from haulback.model.schema_image import from_image, to_image
from haulback.model.settings import Settings
from haulback.model.target import Environment, Target
from haulback.pg.catalog.reader import read
from haulback.pg.locks import LockBudget
from haulback.pg.session import connect, require_direct, require_primary

SKIPPABLE = ("rehearsal", "preflight", "maintenance", "snapshot", "capture", "validate", "seed", "verify")


class SkipRefused(HaulbackError):
    template = "in production nothing is skipped: {steps}"
    hint_template = "Leave --skip out; the policy of the target says what may be unknown or only warns."
    exit_code = Exit.REFUSED


@dataclass(frozen=True)
class Request:
    """What the caller asks of a deployment.

    Attributes:
        plan_file: a saved plan to deploy exactly.
        skip: of SKIPPABLE.
        accept_loss: versions whose destruction without a capture is accepted.
    """

    plan_file: Path | None = None
    with_attic: bool = False
    out_of_order: bool = False
    skip: frozenset[str] = frozenset()
    accept_loss: frozenset[str] = frozenset()
    patience: float = 0.0


@dataclass
class Sessions:
    """The sessions of one command on one target; the keeper holds the deployment lock."""

    target: Target
    keeper: psycopg.Connection
    journal: Journal
    stack: ExitStack = field(default_factory=ExitStack)


def deploy(
    settings: Settings, target: Target, request: Request, progress: Progress | None = None, clock: Clock | None = None
) -> Outcome:
    """Deploys what is pending; first takes up what a crash left.

    Raises:
        HaulbackError: with the exit code that the design gives to each way it can end.
    """
    progress, clock = progress or Silent(), clock or SystemClock()
    if target.environment is Environment.PRODUCTION and request.skip:
        raise SkipRefused(steps=", ".join(sorted(request.skip)))
    begun = perf_counter()
    with ExitStack() as stack:
        sessions = held(target, request.patience, stack)
        taken_up = take_up(settings, sessions, progress, clock, request)
        if taken_up is not None:
            return Outcome(taken_up, seconds=perf_counter() - begun, resumed=True)
        made = planned(settings, target, sessions.keeper, clock, out_of_order=request.out_of_order)
        if made.plan.skipped:
            for file, reason in made.plan.skipped:
                progress.note(f"{file} is not a migration: {reason}")
        if request.plan_file:
            saved = plan_file.read(request.plan_file)
            plan_file.require_unchanged(saved, made.plan, read(sessions.keeper).fingerprint)
        approving.require(settings, target, made.plan, sessions.journal)
        if not made.plan.migrations:
            return Outcome(None, seconds=perf_counter() - begun)
        before = None if {"rehearsal", "capture"} <= request.skip else read(sessions.keeper)
        rehearsal = _rehearsal(settings, sessions, made.plan, before, request, progress, clock)
        checks = () if "preflight" in request.skip else preflight.require(settings, sessions.keeper, target, made.plan, progress, clock)
        deployment = _begin(sessions, made.plan, before, rehearsal)
        context = _context(settings, sessions, stack, made.plan, deployment, request, progress, clock, before, rehearsal)
        ended = pipeline.forward(context, chosen(request.skip))
        return Outcome(ended.deployment, checks, rehearsal, perf_counter() - begun)


def _rehearsal(
    settings: Settings,
    sessions: Sessions,
    plan: Plan,
    before: Schema | None,
    request: Request,
    progress: Progress,
    clock: Clock,
) -> Rehearsal | None:
    target = sessions.target
    if before is None or "rehearsal" in request.skip or not target.policy.rehearse:
        return None
    progress.step_begun("rehearse", "rehearse on a shadow")
    found = rehearsing.rehearsed(settings, sessions.keeper, target, plan, before, clock)
    progress.step_done("rehearse", found.seconds, f"{len(found.times)} statements, forward, back and forward")
    rehearsing.require_reversible(target, plan, found, request.accept_loss, progress)
    return found


def held(target: Target, patience: float, stack: ExitStack) -> Sessions:
    """Opens the keeper, refuses what cannot be deployed to, takes the lock and makes the journal."""
    keeper = stack.enter_context(connect(target, application_name_of_keeper()))
    require_primary(keeper, target)
    require_direct(keeper, target)
    lock.acquire(keeper, target.name, patience)
    journal = Journal(keeper)
    journal.install(tuple(target.approvers))
    history.prepare(keeper)
    return Sessions(target, keeper, journal, stack)


def application_name_of_keeper() -> str:
    """Not tied to a deployment: the lock is taken before there is one."""
    return "haulback/keeper"


def take_up(
    settings: Settings, sessions: Sessions, progress: Progress, clock: Clock, request: Request
) -> Deployment | None:
    """Ends what a crash left unfinished; None where nothing was.

    Raises:
        DeploymentFailed, RollbackIncomplete: it had to go back.
    """
    left = sessions.journal.load()
    if left is None or not (left.state.unfinished or left.state is State.INCOMPLETE):
        return None
    orphans = end_orphans(sessions.keeper, left)
    left = sessions.journal.again(left)
    if orphans:
        progress.note(f"ended {orphans} backend(s) of the interrupted deployment {left.number}")
    plan = journaled_plan(settings, left)
    way = course(left, plan.hash if plan else None)
    progress.note(f"deployment {left.number} was interrupted: {way.value}")
    context = _context(
        settings, sessions, sessions.stack, plan or _without_files(left), left, request, progress, clock,
        image(sessions.journal, left, "before"), None,
    )  # fmt: skip
    steps = chosen(frozenset(left.plan.get("skip", ())))
    if way is Course.GO_ON and left.state is State.RUNNING:
        return pipeline.forward(context, steps).deployment
    return pipeline.back(context, steps).deployment


def journaled_plan(settings: Settings, deployment: Deployment) -> Plan | None:
    """The plan of a deployment with its files as they are now; None where the folder cannot be read."""
    try:
        folder = find(settings.migrations)
        return plan_file.restored(dict(deployment.plan), plan_file.migrations_of(dict(deployment.plan), folder))
    except HaulbackError:
        return None


def image(journal: Journal, deployment: Deployment, moment: str) -> Schema | None:
    """A kept schema of a deployment."""
    kept = journal.image(deployment.id, moment)
    return from_image(kept[1]) if kept else None


def _without_files(deployment: Deployment) -> Plan:
    return plan_file.restored(dict(deployment.plan), ())


def _begin(sessions: Sessions, plan: Plan, before: Schema | None, rehearsal: Rehearsal | None) -> Deployment:
    """The first line of the journal; from here on a crash is taken up."""
    document = plan_file.to_json(plan, statements=False)
    deployment = sessions.journal.begin(plan.hash, document, plan.target, plan.environment)
    if before is not None:
        sessions.journal.keep_image(deployment.id, "before", before.fingerprint, to_image(before))
    if rehearsal is not None:
        expected = rehearsal.after
        sessions.journal.keep_image(deployment.id, "expected", expected.fingerprint, to_image(expected))
    return deployment


def _context(
    settings: Settings,
    sessions: Sessions,
    stack: ExitStack,
    plan: Plan,
    deployment: Deployment,
    request: Request,
    progress: Progress,
    clock: Clock,
    before: Schema | None,
    rehearsal: Rehearsal | None,
) -> Context:
    target = sessions.target
    connection = stack.enter_context(connect(target, application_name(deployment.id)))
    budget = LockBudget(settings.lock_budget, settings.patience)
    return Context(
        target=target,
        settings=settings,
        plan=plan,
        deployment=deployment,
        journal=sessions.journal,
        work=Work(sessions.keeper, connection, target.name, budget, progress, clock),
        progress=progress,
        clock=clock,
        before=before,
        expected=rehearsal.after if rehearsal else image(sessions.journal, deployment, "expected"),
        operator=operator(settings, target),
        extension=stand_in(settings, target),
        with_attic=request.with_attic,
        seed=_seed(settings, target),
    )


def _seed(settings: Settings, target: Target) -> tuple[Script, ...]:
    if target.environment is not Environment.DEVELOPMENT:
        return ()
    return tuple(read_script(path) for path in settings.seed)
