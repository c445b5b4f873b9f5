"""The step that runs the migrations, and the one place that takes them back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Any

import psycopg

from haulback.capture import attic, registry
from haulback.capture.changes import arming, net, settling
from haulback.capture.changes.arming import CannotNote
from haulback.capture.changes.net import Unnoted
from haulback.capture.copying import CopyLost, NoKeyToCopyBy
from haulback.capture.planning import copied_instead
from haulback.deploy import copies, going_back, moves
from haulback.deploy.context import Context
from haulback.deploy.copies import PendingCopy
from haulback.deploy.errors import AtticTouched, MigrationUncaptured
from haulback.deploy.moves import CopyInstead, Moves, PendingMove
from haulback.deploy.steps.capture import Capture, capture_plan
from haulback.deploy.units import Act, Around, Attempt, run_in_parts, run_whole
from haulback.journal import history
from haulback.journal.journal import write
from haulback.model.capture import CaptureKind, Keeps, PlannedCopy
from haulback.model.deployment import Event
from haulback.model.migration import Migration, Statement, Unit
from haulback.model.schema import Schema
from haulback.pg.execution import StatementFailed

UNIT_STEP = "migration"
# Our own trigger on a column stands in the way: dependent_objects_still_exist where the column is dropped,
# feature_not_supported where its type changes.
_STILL_NEEDED = frozenset({"2BP01", "0A000"})
_TRIES = 3  # at copying anew what a TRUNCATE or a crash of the server spoiled


class _KeepOthers(Exception):
    """The open transaction changed rows, or emptied tables, that nothing keeps yet."""

    def __init__(self, unnoted: Unnoted) -> None:
        self.unnoted = unnoted


class _FinishOthers(Exception):
    """The open transaction took away other originals than those whose copies it finished."""

    def __init__(self, gone: frozenset[str]) -> None:
        self.gone = gone


class Migrate:
    """Runs every migration of the plan, in order; each commits with its entry and its line of history."""

    id = "migrate"
    title = "run the migrations"

    def plan(self, context: Context) -> str:
        return ", ".join(migration.label for migration in context.plan.migrations)

    def run(self, context: Context) -> Mapping[str, Any]:
        schema = history.schema_of(context.work.keeper)
        total = len(context.plan.migrations)
        with _noting(context):
            for number, migration in enumerate(context.plan.migrations, start=1):
                if not context.deployment.is_done(UNIT_STEP, migration.version):
                    self._one(context, migration, schema)
                context.progress.part(self.id, migration.label, number, total)
        rows = _settled(context)
        copies.forget(context)
        _count(context)
        return {"migrations": total, "rows_noted": rows} if rows else {"migrations": total}

    def undo(self, context: Context) -> Mapping[str, Any]:
        return going_back.take_back(context)

    def _one(self, context: Context, migration: Migration, schema: str) -> None:
        def finish(connection: psycopg.Connection) -> None:
            detail = {"sha256": migration.source.sha256, "name": migration.name}
            with connection.pipeline():  # one round trip for both
                history.record(connection, schema, migration)
                write(connection, context.deployment.id, UNIT_STEP, Event.DONE, migration.version, detail)

        script = migration.script
        if script.transactional:
            self._captured(context, migration, script.statements, partial(self._whole, context, migration, finish))
        else:
            self._in_parts(context, migration, finish)
        context.work.reset()

    def _whole(self, context: Context, migration: Migration, finish: Act, around: Around) -> None:
        def both(connection: psycopg.Connection) -> None:
            around.finish(connection)
            finish(connection)

        run_whole(context, migration, replace(around, finish=both))

    def _in_parts(self, context: Context, migration: Migration, finish: Act) -> None:
        """Each transaction of the file finishes the copies of what it takes away.

        A statement that allows no transaction has none to finish a copy in; what it destroys is refused.
        """
        waiting = copies.pending(context) if context.expected else ()
        for unit in migration.script.units:
            named = [] if unit.transactional else [one.identity for one in waiting if _is_named(unit.statements, one)]
            if named:
                raise MigrationUncaptured(migration=migration.label, what=", ".join(named))

        def around(unit: Unit, attempt: Attempt) -> None:
            self._captured(context, migration, unit.statements, attempt)

        run_in_parts(context, migration, around, finish)

    def _captured(
        self, context: Context, migration: Migration, statements: tuple[Statement, ...], attempt: Attempt
    ) -> None:
        """Runs a transaction, finishing in it exactly the copies of what it takes away.

        The text of its statements only tells where to begin: what counts is what is gone at the end. Where the two
        differ the transaction rolls back and runs again with what was seen.
        """
        if context.expected:
            Capture().go_on(context)
        waiting = copies.pending(context) if context.expected else ()
        moving = moves.pending(context) if context.expected else ()
        wanted = frozenset(one.identity for one in waiting if _is_named(statements, one))
        tolerated: set[str] = set()
        unnoted: Collection[str] = ()
        for number in range(1, _TRIES + len(waiting) + len(moving) + 2):
            try:
                return self._finishing(context, migration, waiting, moving, wanted, tolerated, attempt)
            except CopyInstead as found:
                waiting = self._copy_instead(context, migration, found.reasons, waiting, tolerated)
                moving = moves.pending(context)
                wanted |= frozenset(one.identity for one in waiting if one.identity in found.reasons)
            except _FinishOthers as found:
                wanted = found.gone
            except StatementFailed as failure:
                everything = frozenset(one.identity for one in waiting)
                if failure.fields["sqlstate"] not in _STILL_NEEDED or wanted == everything:
                    raise
                # A file may drop or alter a column without naming it in plain words (EXECUTE).
                wanted = everything
            except _KeepOthers as found:
                waiting = self._keep(context, migration, found.unnoted, waiting, tolerated)
                moving = moves.pending(context)
                wanted |= {one.identity for one in waiting if one.identity in found.unnoted.emptied}
                unnoted = found.unnoted.changed | found.unnoted.emptied
            except CopyLost:
                if number > _TRIES:
                    raise
                context.progress.note("a copy was spoiled meanwhile: copying anew")
                waiting = _copied_anew(context, [one.planned for one in waiting])
        raise MigrationUncaptured(migration=migration.label, what=", ".join(sorted(wanted.union(unnoted))))

    def _keep(
        self,
        context: Context,
        migration: Migration,
        unnoted: Unnoted,
        waiting: tuple[PendingCopy, ...],
        tolerated: set[str],
    ) -> tuple[PendingCopy, ...]:
        """Begins to keep what the last try showed, now that it is rolled back; returns the copies under way.

        Raises:
            MigrationUncaptured: it cannot be kept, and nobody accepted that.
        """
        impossible = dict(unnoted.impossible)
        touched = unnoted.changed | unnoted.emptied
        if reasons := {
            one.identity: "the migration changes its rows" for one in moves.pending(context) if one.identity in touched
        }:
            waiting = self._copy_instead(context, migration, reasons, waiting, tolerated)
        for identity in sorted(unnoted.changed):
            if context.expected is not None:
                context.progress.note(f"{migration.label} changes rows of {identity}, which the rehearsal did not show")
            try:
                Capture().watch(context, identity)
            except CannotNote as reason:
                impossible[identity] = str(reason.fields["reason"])
        new = unnoted.emptied - {one.identity for one in waiting}  # the others are only to be finished
        if emptied := [PlannedCopy(one, reason="the migration empties it", emptied=True) for one in sorted(new)]:
            try:
                waiting = _copied_anew(context, [*(one.planned for one in waiting), *emptied])
            except NoKeyToCopyBy as reason:
                impossible |= {one.identity: reason.message for one in emptied}
        if impossible and not _is_strict(context, migration):
            for one, why in sorted(impossible.items()):
                context.progress.note(f"{migration.label} changes rows of {one} that cannot come back: {why}")
            tolerated.update(impossible)
        elif impossible:
            told = "; ".join(f"rows of {one} ({why})" for one, why in sorted(impossible.items()))
            raise MigrationUncaptured(migration=migration.label, what=told)
        return waiting

    def _copy_instead(
        self,
        context: Context,
        migration: Migration,
        reasons: Mapping[str, str],
        waiting: tuple[PendingCopy, ...],
        tolerated: set[str],
    ) -> tuple[PendingCopy, ...]:
        """Begins to copy tables that were to move, now that the last try is rolled back; the copies under way.

        Raises:
            MigrationUncaptured: one has no key to copy it by, and nobody accepted that.
        """
        for identity, reason in sorted(reasons.items()):
            context.progress.note(f"{identity} cannot move to the attic: {reason}; it is copied")
        found = copied_instead(capture_plan(context), *_around(context), reasons)
        new = [one for one in found.copies if one.identity in reasons]
        lost = {key.identity: reason for key, reason in found.impossible if key.identity in reasons}
        if lost and _is_strict(context, migration):
            told = "; ".join(f"rows of {one} ({why})" for one, why in sorted(lost.items()))
            raise MigrationUncaptured(migration=migration.label, what=told)
        for one, why in sorted(lost.items()):
            context.progress.note(f"{migration.label} drops {one}, whose rows cannot come back: {why}")
        tolerated.update(lost)
        return _copied_anew(context, [*(one.planned for one in waiting), *new], instead=reasons)

    def _finishing(
        self,
        context: Context,
        migration: Migration,
        waiting: tuple[PendingCopy, ...],
        moving: tuple[PendingMove, ...],
        wanted: frozenset[str],
        tolerated: Collection[str],
        attempt: Attempt,
    ) -> None:
        existing = frozenset(context.deployment.detail(copies.STEP).get("existing", ()))
        begun: list[net.Counters] = []
        moved = Moves(context, moving)

        def begin(connection: psycopg.Connection) -> None:
            moved.begin(connection)
            finishing = [one for one in waiting if one.identity in wanted]
            copies.finish(context, connection, finishing, [one.identity for one in moving])
            if existing:
                begun[:] = [net.look(connection, context.deployment)]

        def end(connection: psycopg.Connection) -> None:
            if existing:
                kinds = {statement.kind for statement in migration.script.statements}
                whole = {one.identity for one in waiting if one.identity in wanted and not one.planned.parts}
                keeper = context.work.keeper
                found = net.unnoted(connection, keeper, context.deployment, begun[0], existing, kinds, whole)
                if found := found.without(tolerated):
                    raise _KeepOthers(found)
                dropped = {one.identity for one in waiting if one.identity in whole and not one.planned.emptied}
                net.forget_kept(connection, context.deployment, dropped)
            moved.end(connection)
            gone = copies.gone(connection, waiting)
            if gone != wanted:
                raise _FinishOthers(gone)
            copies.keep_after(context, connection, wanted, migration.script.text)
            lost = attic.missing(connection)
            # The keeper sees what was before: what somebody else dropped earlier is not this file's doing.
            if lost and (lost := lost - attic.missing(context.work.keeper)):
                raise AtticTouched(migration=migration.label, what=", ".join(sorted(lost)))

        attempt(Around(begin, end, moved.instead))


@contextmanager
def _noting(context: Context) -> Iterator[None]:
    """Notes what the migrations do to rows; where they fail, undoing takes the triggers off."""
    if not context.deployment.is_done(copies.STEP):
        yield
        return
    context.work.noting = str(context.deployment.number)
    try:
        yield
    finally:
        context.work.noting = ""
    context.work.transaction("stop noting", lambda connection: arming.disarm(connection, context.deployment))


def _settled(context: Context) -> int:
    """Brings the notes into the shape that giving back reads; returns how many rows they tell of."""
    kept = registry.captures(context.work.keeper, context.deployment.id)
    return sum(settling.settle(context.work.keeper, one) for one in kept if one.kind is CaptureKind.CHANGED_ROWS)


def _copied_anew(
    context: Context, planned: Sequence[PlannedCopy], instead: Collection[str] = ()
) -> tuple[PendingCopy, ...]:
    """Begins copies from the start and writes down what is under way, and what does not move any more."""
    detail = {**context.journal.again(context.deployment).detail(copies.STEP), **Capture().begin(context, planned)}
    if instead:
        detail["moves"] = [one for one in detail["moves"] if one["identity"] not in instead]
        detail["given_up"] = sorted({*detail.get("given_up", ()), *instead})
    context.journal.write(context.deployment.id, copies.STEP, Event.DONE, detail=detail)
    return copies.pending(replace(context, deployment=context.journal.again(context.deployment)))


def _around(context: Context) -> tuple[Schema, Schema]:
    """The schemas around the rehearsal; asked only where something was planned from them."""
    assert context.before is not None  # noqa: S101
    assert context.expected is not None  # noqa: S101
    return context.before, context.expected


def _is_strict(context: Context, migration: Migration) -> bool:
    """Whether what cannot be kept ends the deployment."""
    return context.target.policy.loss_blocks and migration.version not in context.accept_loss


def _count(context: Context) -> None:
    """Counts and sums what was kept, so that a damage done from now on is noticed."""
    for capture in registry.captures(context.work.keeper, context.deployment.id):
        if capture.keeps is Keeps.BEFORE and capture.rows is None:
            attic.count(context.work.keeper, capture)


def _is_named(statements: Iterable[Statement], copy: PendingCopy) -> bool:
    """Whether the statements say in plain words that they take the original away."""
    bare = copy.identity.rpartition(".")[2].strip('"')
    return any(bare in what for statement in statements for what in statement.destroys)
