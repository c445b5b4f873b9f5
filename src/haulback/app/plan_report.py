"""Use case: a plan with everything that can be found out about it before it touches the target."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import psycopg

from haulback.app import capturing, hazards, preflight, rehearsing, rewriting
from haulback.app.planning import planned
from haulback.clock import Clock, SystemClock
from haulback.deploy.progress import Progress, Silent
from haulback.errors import Exit, HaulbackError
from haulback.journal.journal import Journal
from haulback.migrations import plan_file
from haulback.model.check import CheckResult
from haulback.model.migration import Plan
from haulback.model.rehearsal import Rehearsal
from haulback.model.schema import Schema
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.catalog.reader import read
from haulback.pg.session import session
from haulback.report.subjects import PlanSubject


@dataclass(frozen=True)
class Request:
    """What the caller asks of a plan.

    Attributes:
        out: where to save the plan.
        rehearse: None for what the target's policy says.
        accept: ids of hazards that a deployment would accept.
        rewrite: whether the safe rewrites of hazards stand in the place of their statements.
    """

    out: Path | None = None
    rehearse: bool | None = None
    out_of_order: bool = False
    accept: frozenset[str] = frozenset()
    rewrite: bool = False


class _Notes(Silent):
    """Collects what would be told beside a refusal."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def note(self, text: str) -> None:
        self.told.append(text)


def report(
    settings: Settings, target: Target, request: Request, progress: Progress | None = None, clock: Clock | None = None
) -> PlanSubject:
    """Plans, rehearses and checks. Writes nothing to the target, save the journal that approvers write into.

    Raises:
        HaulbackError: there is no plan. What would refuse a deployment of the plan is told in the subject.
    """
    progress, clock = progress or Silent(), clock or SystemClock()
    with session(target, "haulback plan") as connection:
        plan = planned(settings, target, connection, clock, out_of_order=request.out_of_order).plan
        if not plan.migrations:
            return PlanSubject(plan)
        before = read(connection)
        if request.rewrite:
            plan = rewriting.of_plan(settings, target, connection, plan, before)
        subject = PlanSubject(plan)
        if target.policy.rehearse if request.rehearse is None else request.rehearse:
            subject = _rehearsed(settings, connection, target, subject, before, progress, clock)
        if subject.rehearsal is not None:
            subject = replace(subject, capture=capturing.estimated(settings, connection, plan, subject.rehearsal))
        subject = replace(subject, checks=preflight.run(settings, connection, target, plan, clock, subject.capture))
        if plan.rewritten and subject.rehearsal is None and not subject.refusals:
            unproved = "not rehearsed: unknown whether the rewritten files end where the files as written end"
            subject = replace(subject, remarks=(*subject.remarks, unproved))
        elif request.rewrite and not plan.rewritten:
            subject = replace(subject, remarks=(*subject.remarks, rewriting.told(plan)))
        found = hazards.found(settings, target, connection, plan, before, subject.rehearsal, request.accept)
        untold = tuple(f"not every hazard could be looked for: {one}" for one in hazards.unknown(target, found))
        subject = replace(subject, hazards=found, refusals=(*subject.refusals, *untold))
        if target.approvals:
            needed = f"{target.name} asks for the approval of {' and '.join(target.approvals)}"
            subject = replace(subject, remarks=(*subject.remarks, needed))
        return _saved(connection, target, subject, before, request.out) if request.out else subject


def checks(
    settings: Settings, target: Target, *, out_of_order: bool = False, clock: Clock | None = None
) -> tuple[CheckResult, ...]:
    """The pre-flight checks for what is pending; changes nothing."""
    clock = clock or SystemClock()
    with session(target, "haulback preflight") as connection:
        plan = planned(settings, target, connection, clock, out_of_order=out_of_order).plan
        return preflight.run(settings, connection, target, plan, clock)


def _rehearsed(
    settings: Settings,
    connection: psycopg.Connection,
    target: Target,
    subject: PlanSubject,
    before: Schema,
    progress: Progress,
    clock: Clock,
) -> PlanSubject:
    progress.step_begun("rehearse", "rehearse on a shadow")
    try:
        found = rehearsing.rehearsed(settings, connection, target, subject.plan, before, clock)
    except HaulbackError as failure:
        if failure.exit_code is not Exit.REFUSED:
            raise
        progress.step_failed("rehearse", failure.message)
        return replace(subject, refusals=(failure.message,))
    progress.step_done("rehearse", found.seconds, f"{len(found.statements)} statements, forward, back and forward")
    refusals, remarks = _judged(target, subject.plan, found)
    return replace(subject, rehearsal=found, refusals=refusals, remarks=remarks)


def _judged(target: Target, plan: Plan, found: Rehearsal) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(refusals, remarks): what the target's policy makes of the rehearsal, as a deployment would hear it."""
    notes = _Notes()
    refusals: tuple[str, ...] = ()
    try:
        rehearsing.require_reversible(target, plan, found, frozenset(), notes)
    except HaulbackError as failure:
        refusals = (failure.message,)
    # What the rehearsal itself says is reported with it.
    known = {*found.notes, *(f"cannot be taken back: {one}" for one in found.problems)}
    return refusals, tuple(note for note in notes.told if note not in known)


def _saved(
    connection: psycopg.Connection, target: Target, subject: PlanSubject, before: Schema, out: Path
) -> PlanSubject:
    """Saves the plan for the schema that it was made and rehearsed for, whatever happened to the target since."""
    plan_file.save(subject.plan, before.fingerprint, out)
    if target.approvers:
        journal = Journal(connection)
        journal.install(tuple(target.approvers))
        journal.save_plan(subject.plan.hash)
    return replace(subject, saved=str(out))
