"""Use case: list restores, and take one back."""

from __future__ import annotations

from contextlib import ExitStack

import psycopg

from haulback.app.restoring import patience
from haulback.app.sessions import Command, begin, converging
from haulback.capture.restoring import kept as keeping
from haulback.capture.restoring.taking_out import again, require_undoable, take_out
from haulback.clock import SystemClock
from haulback.deploy.progress import Progress, Silent
from haulback.errors import Exit, HaulbackError
from haulback.journal import restores
from haulback.model.restore import KeptRestore, Restore, RestoreEvent, UndoneRows
from haulback.model.settings import Settings
from haulback.model.target import Target
from haulback.pg.session import session

_UNDO = "undo"


class NothingToUndo(HaulbackError):
    template = "restore {number} of {identity} is {state}"
    hint_template = "`haulback restore list` shows which can be undone."
    exit_code = Exit.REFUSED


class StillRunning(HaulbackError):
    template = "restore {number} of {identity} is {state}"
    hint_template = "Run its command again, or undo it: haulback restore undo {number}."
    exit_code = Exit.REFUSED


class BelowAnother(HaulbackError):
    template = "restore {number} of {identity} stands below restore {above}"
    hint_template = "Undo the newer one first: haulback restore undo {above}."
    exit_code = Exit.REFUSED


def listed(target: Target) -> tuple[KeptRestore, ...]:
    """Every restore of a target, newest first; changes nothing.

    Raises:
        JournalClosed: this role may not look.
    """
    with session(target, "haulback restore") as connection:
        try:
            return tuple(_kept(connection, one) for one in restores.listed(connection))
        except psycopg.errors.InsufficientPrivilege as error:
            raise restores.JournalClosed(target=target.name) from error


def _kept(connection: psycopg.Connection, restore: Restore) -> KeptRestore:
    try:
        kept = keeping.load(connection, restore)
    except keeping.RestoreLost:
        kept = None
    return KeptRestore(restore, kept.size(connection) if kept else 0, can_undo=_can(restore) and kept is not None)


def undo(settings: Settings, target: Target, number: int, progress: Progress) -> tuple[Restore, UndoneRows]:
    """Takes back what one restore brought; what users wrote since stays.

    Raises:
        NoSuchRestore, NothingToUndo, BelowAnother: nothing was touched.
        CannotUndo, RestoreLost: a person is needed.
        ConnectionLost: cut short; the same command goes on where it was.
    """
    with ExitStack() as stack:
        command = begin(settings, target, progress, SystemClock(), stack)
        restore = restores.load(command.keeper, number, target.name)
        if restore.state == "undone":
            raise NothingToUndo(number=number, identity=restore.identity, state="undone already")
        for one in restores.listed(command.keeper):
            if one.identity == restore.identity and one.number > number and one.state != "undone":
                raise BelowAnother(number=number, identity=restore.identity, above=one.number)
        kept = keeping.load(command.keeper, restore)
        if kept is None and restore.has(RestoreEvent.STAGED):
            raise keeping.RestoreLost(number=number, identity=restore.identity)
        with converging(command):
            rows = _taken_out(command, restore, kept) if kept else UndoneRows()
            detail = {
                "deleted": rows.deleted,
                "set_back": rows.set_back,
                "gone": rows.gone,
                "touched": rows.touched,
                "left": dict(rows.left),
            }
            if kept and rows.refused:
                again(command.keeper, kept)
            else:
                restores.write(command.keeper, restore.id, RestoreEvent.UNDONE, detail)
            return restores.load(command.keeper, number, target.name), rows


def forget(settings: Settings, target: Target, number: int) -> Restore:
    """Destroys for good what a restore keeps in the attic: from then on it cannot be undone.

    Raises:
        NoSuchRestore: there is none.
        StillRunning: it was cut short, and needs what it keeps to go on.
    """
    with ExitStack() as stack:
        command = begin(settings, target, Silent(), SystemClock(), stack)
        restore = restores.load(command.keeper, number, target.name)
        if restore.is_unfinished:
            raise StillRunning(number=number, identity=restore.identity, state=restore.state)
        keeping.forget(command.keeper, restore)
        return restore


def _taken_out(command: Command, restore: Restore, kept: keeping.Kept) -> UndoneRows:
    begun = command.clock.monotonic()
    table = require_undoable(command.keeper, restore, kept)
    command.progress.step_begun(_UNDO, f"restore {restore.number} of {restore.identity}")
    # From here on the restore itself cannot go on: a rerun of it would bring rows back behind our back.
    restores.write(command.keeper, restore.id, RestoreEvent.UNDO_BEGUN)
    rows = take_out(
        command.keeper,
        restore,
        kept,
        table,
        patience(command, restore.identity),
        lambda capture, done: command.progress.part(_UNDO, capture.identity, done, max(done, 1)),
        lock_timeout_ms=int(command.settings.lock_budget * 500),
    )
    seconds = command.clock.monotonic() - begun
    command.progress.step_done(_UNDO, seconds, f"{rows.deleted:,} deleted, {rows.set_back:,} set back")
    return rows


def _can(restore: Restore) -> bool:
    return restore.state in {"restored", "running", "going back"}
