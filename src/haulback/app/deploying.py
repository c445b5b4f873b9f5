"""Use case: deploy the pending migrations of a target, or take up what a crash left."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from time import perf_counter

from haulback.app import approving
from haulback.app.planning import planned
from haulback.app.sessions import Command, begin
from haulback.app.taking_up import take_up
from haulback.clock import Clock, SystemClock
from haulback.deploy import pipeline
from haulback.deploy.progress import Progress, Silent
from haulback.deploy.steps.order import chosen
from haulback.errors import Exit, HaulbackError, UsageError
from haulback.migrations import plan_file
from haulback.model.capture_cost import CaptureEstimate
from haulback.model.check import CheckResult
from haulback.model.deployment import Deployment, Event, State
from haulback.model.hazard import Level
from haulback.model.migration import Plan
from haulback.model.outcome import Outcome
from haulback.model.rehearsal import Rehearsal
from haulback.model.schema import Schema
from haulback.model.schema_image import to_image
from haulback.model.settings import Settings
from haulback.model.target import Environment, Target
from haulback.pg.catalog.reader import read
from haulback.report import text_hazards
from haulback.verify import verification

SKIPPABLE = ("rehearsal", "hazards", "preflight", "maintenance", "snapshot", "capture", "validate", "seed", "verify")


class SkipRefused(HaulbackError):
    template = "in production nothing is skipped: {steps}"
    hint_template = "Leave --skip out; the policy of the target says what may be unknown or only warns."
    exit_code = Exit.REFUSED


class RewriteUnproved(HaulbackError):
    template = "rewritten files run only where a rehearsal proved that they end where the files as written end"
    hint_template = "Let the rehearsal run, or leave --rewrite out."
    exit_code = Exit.REFUSED


class TakenBack(HaulbackError):
    template = "deployment {number} was interrupted while it went back, and is taken back now: {problem}"
    hint_template = "Mend the migration, then run the same command again to deploy."
    exit_code = Exit.ROLLED_BACK


@dataclass(frozen=True)
class Request:
    """What the caller asks of a deployment.

    Attributes:
        plan_file: a saved plan to deploy exactly.
        rewrite: whether the safe rewrites of hazards run in the place of their statements.
        with_attic: whether rows that an earlier rollback kept are brought back.
        out_of_order: whether a pending file may stand before an applied one.
        skip: of SKIPPABLE.
        accept: ids of hazards that are accepted.
        accept_loss: versions whose destruction without a capture is accepted.
        patience: seconds to wait for another deployment to end.
        cancel_blockers_older_than: seconds, in place of the setting of that name; None leaves it.
    """

    plan_file: Path | None = None
    rewrite: bool = False
    with_attic: bool = False
    out_of_order: bool = False
    skip: frozenset[str] = frozenset()
    accept: frozenset[str] = frozenset()
    accept_loss: frozenset[str] = frozenset()
    patience: float = 0.0
    cancel_blockers_older_than: float | None = None


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
    if request.plan_file and request.rewrite:
        raise UsageError(
            problem="a saved plan is deployed exactly, with the rewrites that it holds",
            hint="Leave --rewrite out, or save the plan again with `haulback plan --rewrite --out FILE`.",
        )
    if request.cancel_blockers_older_than is not None:
        settings = replace(settings, cancel_blockers_older_than=request.cancel_blockers_older_than)
    begun = perf_counter()
    with ExitStack() as stack:
        command = replace(
            begin(settings, target, progress, clock, stack, request.patience),
            with_attic=request.with_attic,
            skip=request.skip,
        )
        resumed = take_up(command)
        if resumed is not None and resumed.state is State.ROLLED_BACK:
            raise TakenBack(number=resumed.number, problem=_problem(resumed))
        outcome = _pending(command, request)
        if resumed and outcome.deployment is None:
            outcome = replace(outcome, deployment=resumed)
    return replace(outcome, resumed=resumed is not None, seconds=perf_counter() - begun)


def _pending(command: Command, request: Request) -> Outcome:
    """Deploys what is pending now."""
    made = planned(command.settings, command.target, command.keeper, command.clock, out_of_order=request.out_of_order)
    plan = made.plan
    schema = cache(lambda: read(command.keeper))  # asked for up to three times; one reading takes 0.1 s
    for file, reason in plan.skipped:
        command.progress.note(f"{file} is not a migration: {reason}")
    if request.plan_file:
        saved = plan_file.read(request.plan_file)
        plan = plan_file.with_rewrites(saved, plan)
        plan_file.require_unchanged(saved, plan, schema().fingerprint)
    elif request.rewrite and plan.migrations:
        from haulback.app import rewriting  # noqa: PLC0415 - start-up: a command that skips it does not load it

        plan = rewriting.of_plan(command.settings, command.target, command.keeper, plan, schema())
        command.progress.note(rewriting.told(plan))
    if plan.rewritten and ("rehearsal" in request.skip or not command.target.policy.rehearse):
        raise RewriteUnproved
    approving.require(command.settings, command.target, plan, command.journal)
    if not plan.migrations:
        return Outcome(None)
    before = None if {"rehearsal", "capture"} <= request.skip else schema()
    rehearsal = _rehearsal(command, plan, before, request)
    command.may_hold = _require_hazards(command, plan, before, rehearsal, request)
    checks: tuple[CheckResult, ...] = ()
    kept = _kept(command, plan, rehearsal, request)
    if "preflight" not in request.skip:
        from haulback.app import preflight  # noqa: PLC0415 - start-up: a command that skips it does not load it

        checks = preflight.require(
            command.settings, command.keeper, command.target, plan, command.progress, command.clock, kept
        )
    reach = None if "verify" in request.skip else verification.baseline(command.keeper)
    deployment = _begin(command, plan, before, rehearsal, request.accept_loss)
    context = command.context(
        plan, deployment, before=before, expected=rehearsal.after if rehearsal else None, reach=reach
    )
    ended = pipeline.forward(context, chosen(command.skip))
    return Outcome(ended.deployment, checks, rehearsal)


def _kept(command: Command, plan: Plan, rehearsal: Rehearsal | None, request: Request) -> CaptureEstimate:
    """What the deployment keeps in the attic, told to whoever deploys; nothing where nothing was rehearsed."""
    if rehearsal is None or "capture" in request.skip:
        return CaptureEstimate()
    from haulback.app import capturing  # noqa: PLC0415 - start-up: a command that skips it does not load it

    found = capturing.estimated(command.settings, command.keeper, plan, rehearsal)
    if found.costs or found.unmeasured:
        command.progress.note(capturing.told(found))
    return found


def _problem(deployment: Deployment) -> str:
    """Why it went back, as the journal tells it."""
    told = [entry.detail["problem"] for entry in deployment.entries if entry.event is Event.FAILED]
    return str(told[0]) if told else "its files were changed or removed since"


def _rehearsal(command: Command, plan: Plan, before: Schema | None, request: Request) -> Rehearsal | None:
    if before is None or "rehearsal" in request.skip or not command.target.policy.rehearse:
        return None
    from haulback.app import rehearsing  # noqa: PLC0415 - start-up: a command that skips it does not load it

    progress = command.progress
    progress.step_begun("rehearse", "rehearse on a shadow")
    found = rehearsing.rehearsed(command.settings, command.keeper, command.target, plan, before, command.clock)
    told = f"{len(found.statements)} statements, forward, back and forward" + (", earlier" if found.kept else "")
    progress.step_done("rehearse", found.seconds, told)
    rehearsing.require_reversible(command.target, plan, found, request.accept_loss, progress)
    return found


def _require_hazards(
    command: Command, plan: Plan, before: Schema | None, rehearsal: Rehearsal | None, request: Request
) -> bool:
    """Refuses what blocks; returns whether a lock held past the budget was accepted."""
    if "hazards" in request.skip:
        return False
    from haulback.app import hazards  # noqa: PLC0415 - start-up: a command that skips it does not load it

    progress = command.progress
    progress.step_begun("hazards", "look for hazards")
    begun = perf_counter()
    found = hazards.found(command.settings, command.target, command.keeper, plan, before, rehearsal, request.accept)
    progress.step_done("hazards", perf_counter() - begun, text_hazards.summary(found))
    hazards.require(command.target, found, progress)
    return any(one.accepted and one.level is Level.BLOCK and one.seconds is not None for one in found.hazards)


def _begin(
    command: Command, plan: Plan, before: Schema | None, rehearsal: Rehearsal | None, accept_loss: frozenset[str]
) -> Deployment:
    """The first line of the journal; from here on a crash is taken up."""
    document = plan_file.to_json(plan, statements=False)
    document |= {"skip": sorted(command.skip), "may_hold": command.may_hold, "accept_loss": sorted(accept_loss)}
    if rehearsal:
        document |= {"changes": list(rehearsal.changes), "emptied": list(rehearsal.emptied)}
    command.install()
    images = {"before": before, "expected": rehearsal.after if rehearsal else None}
    with command.keeper.transaction():
        deployment = command.journal.begin(plan.hash, document, plan.target, plan.environment)
        for moment, schema in images.items():
            if schema is not None:
                command.journal.keep_image(deployment.id, moment, schema.fingerprint, to_image(schema))
    return deployment
