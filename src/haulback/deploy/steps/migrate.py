"""The step that runs the migrations, and the one place that takes them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import psycopg

from haulback.capture import attic, registry
from haulback.capture.copying import CopyLost
from haulback.deploy import copies, going_back
from haulback.deploy.context import Context
from haulback.deploy.copies import PendingCopy
from haulback.deploy.errors import AtticTouched, MigrationUncaptured
from haulback.deploy.steps.capture import Capture
from haulback.deploy.units import Act, Attempt, run_in_parts, run_whole
from haulback.journal import history
from haulback.journal.journal import write
from haulback.model.capture import Keeps
from haulback.model.deployment import Event
from haulback.model.migration import Migration, Statement, Unit
from haulback.pg.execution import StatementFailed

UNIT_STEP = "migration"
# Our own trigger on a column stands in the way: dependent_objects_still_exist where the column is dropped,
# feature_not_supported where its type changes.
_STILL_NEEDED = frozenset({"2BP01", "0A000"})
_TRIES = 3  # at copying anew what a TRUNCATE or a crash of the server spoiled


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
        for number, migration in enumerate(context.plan.migrations, start=1):
            if not context.deployment.is_done(UNIT_STEP, migration.version):
                self._one(context, migration, schema)
            context.progress.part(self.id, migration.label, number, total)
        _count(context)
        return {"migrations": total}

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

    def _whole(self, context: Context, migration: Migration, finish: Act, begin: Act, end: Act) -> None:
        def both(connection: psycopg.Connection) -> None:
            end(connection)
            finish(connection)

        run_whole(context, migration, begin, both)

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
        waiting = copies.pending(context) if context.expected else ()
        wanted = frozenset(one.identity for one in waiting if _is_named(statements, one))
        for number in range(1, _TRIES + len(waiting) + 2):
            try:
                return self._finishing(context, migration, waiting, wanted, attempt)
            except _FinishOthers as found:
                wanted = found.gone
            except StatementFailed as failure:
                everything = frozenset(one.identity for one in waiting)
                if failure.fields["sqlstate"] not in _STILL_NEEDED or wanted == everything:
                    raise
                # A file may drop or alter a column without naming it in plain words (EXECUTE).
                wanted = everything
            except CopyLost:
                if number > _TRIES:
                    raise
                context.progress.note("a copy was spoiled meanwhile: copying anew")
                again = Capture().begin(context, [one.planned for one in waiting])
                context.journal.write(context.deployment.id, copies.STEP, Event.DONE, detail=again)
                waiting = copies.pending(context)
        raise MigrationUncaptured(migration=migration.label, what=", ".join(sorted(wanted)))

    def _finishing(
        self,
        context: Context,
        migration: Migration,
        waiting: tuple[PendingCopy, ...],
        wanted: frozenset[str],
        attempt: Attempt,
    ) -> None:
        def begin(connection: psycopg.Connection) -> None:
            copies.finish(context, connection, [one for one in waiting if one.identity in wanted])

        def end(connection: psycopg.Connection) -> None:
            gone = copies.gone(connection, waiting)
            if gone != wanted:
                raise _FinishOthers(gone)
            lost = attic.missing(connection)
            # The keeper sees what was before: what somebody else dropped earlier is not this file's doing.
            if lost and (lost := lost - attic.missing(context.work.keeper)):
                raise AtticTouched(migration=migration.label, what=", ".join(sorted(lost)))

        attempt(begin, end)


def _count(context: Context) -> None:
    """Counts and sums what was kept, so that a damage done from now on is noticed."""
    for capture in registry.captures(context.work.keeper, context.deployment.id):
        if capture.keeps is Keeps.BEFORE and capture.rows is None:
            attic.count(context.work.keeper, capture)


def _is_named(statements: Iterable[Statement], copy: PendingCopy) -> bool:
    """Whether the statements say in plain words that they take the original away."""
    bare = copy.identity.rpartition(".")[2].strip('"')
    return any(bare in what for statement in statements for what in statement.destroys)
