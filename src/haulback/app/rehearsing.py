"""Use case: rehearse a plan of a target on its shadow, and refuse what the shadow shows to be unsafe."""

from __future__ import annotations

from dataclasses import replace

import psycopg

from haulback.capture.changes.planning import with_rows
from haulback.capture.planning import plan_captures
from haulback.clock import Clock
from haulback.contract.recorded.loading import load
from haulback.deploy.progress import Progress
from haulback.errors import Exit, HaulbackError
from haulback.journal.lock import LockLost
from haulback.model.migration import Plan
from haulback.model.rehearsal import Rehearsal
from haulback.model.schema import Schema
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.catalog.survivors import transposed
from haulback.pg.execution import ConnectionLost
from haulback.pg.session import server
from haulback.rehearse import sample
from haulback.rehearse.rehearsal import RehearsalFailed, rehearse


class NotReversible(HaulbackError):
    template = "the plan cannot be taken back: {problems}"
    hint_template = (
        "Write a rollback script beside the migration, or accept it for this deployment with --accept-loss VERSION."
    )
    exit_code = Exit.REFUSED


class CaptureImpossible(HaulbackError):
    template = "the plan would lose what no capture can hold: {losses}"
    hint_template = "Add a primary key in a deployment before this one, or accept the loss with --accept-loss VERSION."
    exit_code = Exit.REFUSED


def rehearsed(
    settings: Settings,
    connection: psycopg.Connection,
    target: Target,
    plan: Plan,
    before: Schema,
    clock: Clock,
) -> Rehearsal:
    """Takes a sample of rows and runs the plan on a shadow; changes nothing on the target.

    The schemas of what is returned have the addresses that they would have on the target.

    Raises:
        RequestsUnreadable: the recorded requests are not what their files say.
    """
    requests = load(settings.requests) if settings.requests else ()
    rows = sample.take(connection, settings.sample)
    try:
        found = rehearse(settings, target, plan, before, rows, server(connection).major, clock, requests)
    except (ConnectionLost, LockLost) as failure:
        # Both tell to run the same command again, which is right for a target. On a shadow nobody else can end a
        # session, so the plan itself does it, and would do so again.
        raise RehearsalFailed(
            problem=f"the plan ends our own sessions: {failure}", advice="Mend the migration."
        ) from failure
    there = transposed(found.before, found.before, before)
    return replace(found, before=there, after=transposed(found.after, found.before, before))


def require_reversible(
    target: Target, plan: Plan, rehearsal: Rehearsal, accepted: frozenset[str], progress: Progress
) -> None:
    """Refuses what cannot be taken back, as the target's policy has it.

    Raises:
        NotReversible, CaptureImpossible
    """
    for note in rehearsal.notes:
        progress.note(note)
    versions = {migration.version for migration in plan.migrations}
    # Which of several files takes a thing away is not known from the schemas around them all: each may be it.
    found = plan_captures(rehearsal.before, rehearsal.after, plan.migrations)
    impossible = with_rows(found, rehearsal.before, rehearsal.after, rehearsal.changes, rehearsal.emptied).impossible
    if impossible and not versions <= accepted and target.policy.loss_blocks:
        raise CaptureImpossible(losses="; ".join(f"{key} ({reason})" for key, reason in impossible))
    if rehearsal.problems and not versions <= accepted:
        if target.policy.loss_blocks:
            raise NotReversible(problems="; ".join(rehearsal.problems))
        for problem in rehearsal.problems:
            progress.note(f"cannot be taken back: {problem}")
