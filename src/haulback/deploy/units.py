"""Runs the units of one script, each with its own entry in the journal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import psycopg

from haulback.deploy.context import Context
from haulback.journal.journal import write
from haulback.model.deployment import Event
from haulback.model.migration import Migration, Script, Statement, Unit
from haulback.pg import execution
from haulback.pg.queries import queries

_SQL = queries("haulback.deploy", "sql/units.sql")

STEP = "unit"

Act = Callable[[psycopg.Connection], None]


def run_whole(context: Context, migration: Migration, begin: Act, finish: Act) -> None:
    """Runs a file that commits at once, with `begin` and `finish` in the same transaction."""

    def act(connection: psycopg.Connection) -> None:
        context.traces.unit_begun(connection)
        begin(connection)
        for unit in migration.script.units:
            run_statements(context, migration.script, unit.statements, migration.label)
        context.traces.unit_ended(connection, migration.label)
        finish(connection)

    context.work.transaction(migration.label, act)


def run_in_parts(context: Context, migration: Migration, finish: Act) -> None:
    """Runs a file that cannot commit at once, one recorded unit after the other.

    After a crash the journal says which units are done; their SETs are said again, since the ones that
    follow may count on them.
    """
    for number, unit in enumerate(migration.script.units, start=1):
        name = f"{migration.version}#{number}"
        if context.deployment.is_done(STEP, name):
            _repeat_settings(context, unit)
        elif unit.transactional or _commits_alone(unit):
            _run_transactional(context, migration, unit, name)
        else:
            _run_outside(context, migration, unit.statements[0], name)
    context.work.transaction(migration.label, finish)


def run_statements(context: Context, script: Script, statements: tuple[Statement, ...], label: str) -> None:
    """Runs statements inside the open transaction of the work session."""
    connection = context.work.connection

    def after(statement: Statement) -> None:
        if statement.kind in {"set", "select"}:
            # A dumped file begins with `SET lock_timeout = 0`: with it we would wait for ever and keep
            # everybody waiting behind us.
            context.work.keep_budget()
        context.traces.after(connection, statement, label)

    def before(statement: Statement) -> None:
        context.traces.before(connection, statement)

    for statement in statements:
        text = context.prepare(statement.text)
        if text.strip():
            prepared = statement if text == statement.text else replace(statement, text=text)
            execution.run(connection, script.path, (prepared,), before, after)


def _commits_alone(unit: Unit) -> bool:
    """A new enum value can be added inside a transaction; it only cannot be used before the commit."""
    return unit.statements[0].kind == "alter type"


def _run_transactional(context: Context, migration: Migration, unit: Unit, name: str) -> None:
    def act(connection: psycopg.Connection) -> None:
        context.traces.unit_begun(connection)
        run_statements(context, migration.script, unit.statements, migration.label)
        context.traces.unit_ended(connection, migration.label)
        write(connection, context.deployment.id, STEP, Event.DONE, name)

    context.work.transaction(name, act)


def _run_outside(context: Context, migration: Migration, statement: Statement, name: str) -> None:
    """Runs what allows no transaction: intent, act, outcome.

    Only the index statements leave something half done behind. The intent notes which indexes were invalid
    before, so that after a crash the one that is ours is told from one that was broken all along.
    """
    connection = context.work.connection
    journal, deployment = context.journal, context.deployment
    known = _noted_invalid(context, name)
    if known is None:
        known = _invalid_indexes(connection)
        journal.write(deployment.id, STEP, Event.BEGUN, name, {"invalid": known})

    def act(session: psycopg.Connection) -> None:
        _drop_leftovers(session, known)
        context.traces.before(session, statement)
        try:
            execution.run(session, migration.script.path, (statement,))
        except psycopg.Error:
            if not session.closed:
                _drop_leftovers(session, known)
            raise
        context.traces.after(session, statement, migration.label)

    context.work.outside(name, act)
    journal.write(deployment.id, STEP, Event.DONE, name)


def _noted_invalid(context: Context, name: str) -> list[str] | None:
    noted = [
        entry.detail
        for entry in context.deployment.entries
        if entry.step == STEP and entry.unit == name and entry.event is Event.BEGUN
    ]
    return list(noted[-1]["invalid"]) if noted else None


def _invalid_indexes(connection: psycopg.Connection) -> list[str]:
    return [row[0] for row in connection.execute(_SQL["invalid_indexes"])]


def _drop_leftovers(connection: psycopg.Connection, known: list[str]) -> None:
    """Drops the indexes that a failed CONCURRENTLY of ours left invalid."""
    for name in _invalid_indexes(connection):
        if name not in known:
            # The name comes from the catalog, quoted and qualified by the server itself.
            connection.execute(b"drop index concurrently if exists " + name.encode())


def _repeat_settings(context: Context, unit: Unit) -> None:
    for statement in unit.statements:
        if statement.kind == "set":
            context.work.connection.execute(statement.text.encode())
