"""Takes the migrations of a deployment back: structure, then values, then what holds over them.

The journal tells which of the three is done, so that a crash in between is taken up where it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from haulback.capture import attic, coming_back, recomputing, registry, sequences, taking_back
from haulback.capture.changes import arming, giving_back
from haulback.capture.copying import CopyLost
from haulback.capture.finishing import Early
from haulback.deploy import units
from haulback.deploy.context import Context
from haulback.deploy.errors import NothingToGoBackTo
from haulback.deploy.steps import jobs
from haulback.errors import HaulbackError
from haulback.journal import history
from haulback.journal.journal import write
from haulback.model.capture import CaptureKind, Filled, Keeps, TakenBack
from haulback.model.deployment import Deployment, Event
from haulback.model.schema import Schema

STEP = "going back"
_MIGRATION = "migration"
_WHOLE = frozenset({CaptureKind.COPIED_TABLE, CaptureKind.MOVED_TABLE})
_TRIES = 3  # at copying anew what a TRUNCATE or a crash of the server spoiled


def take_back(context: Context) -> Mapping[str, Any]:
    """Brings the schema and the captured values back; what users wrote since goes to the attic.

    Raises:
        NothingToGoBackTo: the deployment kept no image of the schema before it.
        HaulbackError: of the capture room, with what a person has to do.
    """
    done = context.deployment.done_units(_MIGRATION)
    # Once the structure is back no migration counts as done any more, but the values may still lie in the attic.
    touched = done or any(entry.step in {"unit", STEP} for entry in context.deployment.entries)
    if not touched:
        # What setval did outlives the migration that failed.
        sequences.give_back(context.work.keeper, context.deployment)
        return {}
    if context.before is None:
        if standing := standing_parts(context.work.keeper, context.deployment):
            raise NothingToGoBackTo(number=context.deployment.number, migrations=", ".join(standing))
        return {}
    jobs.pause(context)
    context.work.transaction("stop noting", lambda connection: arming.disarm(connection, context.deployment))
    if not context.deployment.is_done(STEP, "structure"):
        attic.require_sound(context.work.keeper, context.deployment.id)
        coming_back.forget_erased(context.work.keeper, context.deployment)
        recomputing.make(context.work.keeper, context.deployment)
        _structure(context, context.before, done)
    filled = _fill(context)
    _prepare(context, context.before)
    _finish(context, context.before)
    return {**_told(context, filled), **_held_up(context)}


def _held_up(context: Context) -> Mapping[str, Any]:
    """What cannot come back: ends it, or stays in the attic where somebody chose that beforehand."""
    found = giving_back.held_up(context.work.keeper, context.deployment)
    if context.settings.held_up == "stop":
        giving_back.require_none_held_up(found)
    for one in found:
        context.progress.note(f"{one} cannot come back and stay in the attic: `haulback attic show {one.capture}`")
    told = [{"identity": one.identity, "reason": one.reason, "rows": one.rows} for one in found]
    return {"held_up": told} if told else {}


def standing_parts(connection: psycopg.Connection, deployment: Deployment) -> tuple[str, ...]:
    """What of a deployment stands: migrations that are in the history, and done parts of one that never ended.

    A person who took a migration back by hand has taken its line out of the history; so we get on from there.
    """
    done = deployment.done_units(_MIGRATION)
    applied = {version for version, _ in history.read(connection)}
    parts = (unit for unit in deployment.done_units(units.STEP) if unit.partition("#")[0] not in done)
    return (*(version for version in done if version in applied), *parts)


def _structure(context: Context, before: Schema, done: tuple[str, ...]) -> None:
    scripts = [one.rollback for one in context.plan.migrations if one.rollback and one.version in done]
    schema = history.schema_of(context.work.keeper)
    connection = context.work.connection

    def act(session: psycopg.Connection) -> TakenBack:
        taken = taking_back.structure(session, context.deployment, before, scripts)
        for version in done:
            history.forget(session, schema, version)
            write(session, context.deployment.id, _MIGRATION, Event.UNDONE, version)
        note = {"skipped": [[one.file, one.line, one.reason] for one in taken.skipped], "inverse": len(taken.residual)}
        write(session, context.deployment.id, STEP, Event.DONE, "structure", note)
        return taken

    for attempt in range(1, _TRIES + 1):
        plan = context.work.transaction(
            "watch what going back drops", lambda session: taking_back.prepare(session, context.deployment, before)
        )
        taking_back.copy(
            connection,
            context.deployment,
            plan,
            clock=context.clock,
            share=context.settings.copy_share,
            progress=lambda identity, done: context.progress.part(
                "undo", f"{done.rows:,} rows of {identity} kept, {done}", done.rows, done.total
            ),
        )
        try:
            taken = context.work.transaction("bring the schema back", act)
        except CopyLost:
            if attempt == _TRIES:
                raise
            continue
        break
    for reason in sorted({one.reason for one in taken.skipped}):
        number = sum(one.reason == reason for one in taken.skipped)
        context.progress.note(f"{number} statements of the rollback scripts had nothing to do: {reason}")
    context.work.reset()


def _fill(context: Context) -> tuple[Filled, ...]:
    budget = context.work.budget
    filled = context.work.patiently(
        "give values back",
        lambda: taking_back.fill(
            context.work.connection,
            context.deployment,
            before=context.before,
            lock_timeout_ms=budget.lock_timeout_ms,
            clock=context.clock,
            progress=lambda one, rows: context.progress.part("undo", one.identity, rows, max(rows, one.rows or 0)),
        ),
    )
    context.work.reset()
    return filled


def _prepare(context: Context, before: Schema) -> None:
    """Does what takes long of the last transaction beforehand; where it does not hold, that one says why."""
    for one in taking_back.early(context.work.keeper, before):

        def first(connection: psycopg.Connection, one: Early = one) -> None:
            for statement in filter(None, (one.undo, one.first)):
                connection.execute(statement.encode())

        def then(connection: psycopg.Connection, one: Early = one) -> None:
            connection.execute(one.then.encode())

        def undo(connection: psycopg.Connection, one: Early = one) -> None:
            if one.undo:
                connection.execute(one.undo.encode())

        run = context.work.outside if one.alone else context.work.transaction
        try:
            context.work.transaction(f"prepare {one.key}", first)
            run(f"check {one.key}", then)
        except (psycopg.Error, HaulbackError):
            if context.work.connection.closed:
                raise
            context.work.transaction(f"leave {one.key}", undo)


def _finish(context: Context, before: Schema) -> None:
    def act(connection: psycopg.Connection) -> None:
        # Where nothing was captured the structure transaction has already brought everything back.
        taking_back.finish(connection, context.deployment, before)
        write(connection, context.deployment.id, STEP, Event.DONE, "finish")

    context.work.transaction("put constraints back", act)
    context.work.reset()


def _told(context: Context, filled: tuple[Filled, ...]) -> Mapping[str, Any]:
    """Counts what went to the attic, now that nobody writes to it any more."""
    kept = [
        attic.count(context.work.keeper, one)
        for one in registry.captures(context.work.keeper, context.deployment.id)
        if one.keeps is Keeps.AFTER
    ]
    rows = sum(one.rows or 0 for one in kept)
    if rows:
        context.progress.note(f"{rows} rows written since are in the attic: `haulback attic list`")
    for one in filled:
        if one.kept:
            context.progress.note(f"{one.kept} values of {one.capture.identity} were written since and stay")
        if one.gone and one.capture.kind in _WHOLE:
            context.progress.note(
                f"{one.gone} rows of {one.capture.identity} did not go back and stay: `haulback attic list` says why"
            )
    return {
        "rows_kept": rows,
        "tables_kept": sum(1 for one in kept if one.holds_rows),
        "rows_left": sum(one.gone for one in filled if one.capture.kind in _WHOLE),
        "values_given_back": sum(one.given for one in filled),
        "values_kept": sum(one.kept for one in filled),
    }
