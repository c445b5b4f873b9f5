"""Use case: rehearse a plan of a target on its shadow, and refuse what the shadow shows to be unsafe."""

from __future__ import annotations

import psycopg

from haulback.capture.planning import plan_captures
from haulback.clock import Clock
from haulback.deploy.progress import Progress
from haulback.errors import Exit, HaulbackError
from haulback.journal.lock import LockLost
from haulback.model.migration import Plan
from haulback.model.rehearsal import Rehearsal
from haulback.model.schema import Schema
from haulback.model.settings import Settings
from haulback.model.target import Target
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


class LossUncaptured(HaulbackError):
    template = "{label} would lose {what}, which no capture can hold yet"
    hint_template = "Keep the rows in the migration itself, or accept the loss with --accept-loss {version}."
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
    """Takes a sample of rows and runs the plan on a shadow; changes nothing on the target."""
    rows = sample.take(connection, settings.sample)
    try:
        return rehearse(settings, target, plan, before, rows, server(connection).major, clock)
    except (ConnectionLost, LockLost) as failure:
        # Both tell to run the same command again, which is right for a target. On a shadow nobody else can end a
        # session, so the plan itself does it, and would do so again.
        raise RehearsalFailed(
            problem=f"the plan ends our own sessions: {failure}", advice="Mend the migration."
        ) from failure


def require_reversible(
    target: Target, plan: Plan, rehearsal: Rehearsal, accepted: frozenset[str], progress: Progress
) -> None:
    """Refuses what cannot be taken back, as the target's policy has it.

    Raises:
        NotReversible, LossUncaptured, CaptureImpossible
    """
    for note in rehearsal.notes:
        progress.note(note)
    versions = {migration.version for migration in plan.migrations}
    # Which of several files takes a thing away is not known from the schemas around them all: each may be it.
    impossible = plan_captures(rehearsal.before, rehearsal.after).impossible
    if impossible and not versions <= accepted and target.policy.loss_blocks:
        raise CaptureImpossible(losses="; ".join(f"{key} ({reason})" for key, reason in impossible))
    for label, what, version in _uncaptured(plan, rehearsal):
        if version in accepted:
            continue
        if target.policy.loss_blocks:
            raise LossUncaptured(label=label, what=what, version=version)
        progress.note(f"{label} changes {what}: going back cannot restore that yet")
    if rehearsal.problems and not versions <= accepted:
        if target.policy.loss_blocks:
            raise NotReversible(problems="; ".join(rehearsal.problems))
        for problem in rehearsal.problems:
            progress.note(f"cannot be taken back: {problem}")


def _uncaptured(plan: Plan, rehearsal: Rehearsal) -> list[tuple[str, str, str]]:
    """(label, what, version) of rows that were there before and that a migration updates, deletes or truncates.

    Dropped tables and columns are captured; changes of rows are not yet.
    """
    existing = {key.identity for key in rehearsal.before.objects if key.kind == "table"}
    kept = {key.identity for key in rehearsal.after.objects if key.kind == "table"}
    found = []
    for migration in plan.migrations:
        lost = {
            name
            for unit in rehearsal.units
            if unit.migration == migration.label
            for name, _, updated, deleted in unit.written
            if updated + deleted and name in existing & kept
        }
        # A rewrite may do in a block, which tells nothing, what the file as written says.
        statements = (*migration.source.statements, *migration.script.statements)
        lost |= {what for one in statements for what in one.destroys if _changes_rows(what, existing)}
        found += [(migration.label, what, migration.version) for what in sorted(lost)]
    return found


def _changes_rows(what: str, existing: set[str]) -> bool:
    for prefix in ("all rows of ", "rows of ", "old values in ", "the old type of "):
        if what.startswith(prefix):
            table = what.removeprefix(prefix)
            table = table.rpartition(".")[0] if prefix == "the old type of " else table
            return table in existing or f"public.{table}" in existing
    return False
