"""Runs the units of one script, each with its own entry in the journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import psycopg

from haulback.deploy.context import Context
from haulback.journal.journal import write
from haulback.migrations.needs import indexed_table
from haulback.model.deployment import Event
from haulback.model.migration import Migration, Script, Statement, Unit
from haulback.pg import execution
from haulback.pg.locks import RETRIED
from haulback.pg.queries import queries

_SQL = queries("haulback.deploy", "sql/units.sql")

STEP = "unit"

# Only these can change a setting of the session, by themselves or through what they call.
_MAY_SET = frozenset({"set", "select", "do", "call"})

Act = Callable[[psycopg.Connection], None]
# Does something in the place of a statement, which the last argument runs; whether it did.
Instead = Callable[[psycopg.Connection, Statement, Callable[[], None]], bool]


def as_written(_connection: psycopg.Connection, _statement: Statement, _run: Callable[[], None]) -> bool:
    """Does nothing in the place of any statement."""
    return False


@dataclass(frozen=True, slots=True)
class Around:
    """What is done at the begin and the end of a transaction, and in the place of statements in between."""

    begin: Act
    finish: Act
    instead: Instead = as_written


# Runs one transaction with what belongs around it.
Attempt = Callable[[Around], None]


def run_whole(context: Context, migration: Migration, around: Around) -> None:
    """Runs a file that commits at once, with what is around it in the same transaction."""

    def act(connection: psycopg.Connection) -> None:
        context.traces.unit_begun(connection)
        around.begin(connection)
        for unit in migration.script.units:
            run_statements(context, migration.script, unit.statements, migration.label, around.instead)
        _as_ourselves(connection, migration.script.statements)
        context.traces.unit_ended(connection, migration.label)
        around.finish(connection)

    context.work.transaction(migration.label, act)


def run_in_parts(context: Context, migration: Migration, around: Callable[[Unit, Attempt], None], finish: Act) -> None:
    """Runs a file that cannot commit at once, one recorded unit after the other.

    After a crash the journal says which units are done; their SETs are said again, since the ones that
    follow may count on them.

    Args:
        context: of the deployment.
        migration: whose file it is.
        around: runs the transaction of a unit, as often as it likes until it commits.
        finish: what is done with the last commit.
    """
    for number, unit in enumerate(migration.script.units, start=1):
        name = f"{migration.version}#{number}"
        if context.deployment.is_done(STEP, name):
            _repeat_settings(context, unit)
        elif unit.transactional or _commits_alone(unit):
            around(unit, partial(_run_transactional, context, migration, unit, name))
        else:
            _run_outside(context, migration, unit.statements[0], name)

    def end(connection: psycopg.Connection) -> None:
        _as_ourselves(connection, migration.script.statements)
        finish(connection)

    context.work.transaction(migration.label, end)


def run_statements(
    context: Context, script: Script, statements: tuple[Statement, ...], label: str, instead: Instead = as_written
) -> None:
    """Runs statements, or what is done in their place, inside the open transaction of the work session."""
    connection = context.work.connection

    def after(statement: Statement) -> None:
        if statement.kind in _MAY_SET:
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
            before(prepared)
            run = partial(execution.run, connection, script.path, (prepared,))
            if not instead(connection, prepared, run):
                run()
            after(prepared)


def _as_ourselves(connection: psycopg.Connection, statements: tuple[Statement, ...]) -> None:
    """Puts off, until the commit, a role and a statement_timeout that the statements set: our journal is not theirs.

    Only until then, since what follows in a file that runs in parts may count on them.
    """
    if any(statement.kind in _MAY_SET for statement in statements):
        connection.execute("set local statement_timeout = 0")
        connection.execute("set local session authorization default")
        connection.execute("set local role none")


def _commits_alone(unit: Unit) -> bool:
    """A new enum value can be added inside a transaction; it only cannot be used before the commit."""
    return unit.statements[0].kind == "alter type"


def _run_transactional(context: Context, migration: Migration, unit: Unit, name: str, around: Around) -> None:
    def act(connection: psycopg.Connection) -> None:
        context.traces.unit_begun(connection)
        around.begin(connection)
        run_statements(context, migration.script, unit.statements, migration.label, around.instead)
        # A role that an earlier unit took on holds here as well.
        _as_ourselves(connection, migration.script.statements)
        context.traces.unit_ended(connection, migration.label)
        around.finish(connection)
        write(connection, context.deployment.id, STEP, Event.DONE, name)

    context.work.transaction(name, act)


def _run_outside(context: Context, migration: Migration, statement: Statement, name: str) -> None:
    """Runs what allows no transaction: intent, act, outcome.

    The intent notes which indexes there were and which of them were invalid. After a crash that tells whether the
    statement had come to its end without our knowing, and which invalid index is ours to drop.
    """
    connection = context.work.connection
    journal, deployment = context.journal, context.deployment
    noted = _noted(context, name)
    resumed = noted is not None
    if noted is None:
        noted = {"invalid": _invalid_indexes(connection), "indexes": _indexes(connection, statement)}
        journal.write(deployment.id, STEP, Event.BEGUN, name, noted)
    known: list[str] = list(noted["invalid"])

    def act(session: psycopg.Connection) -> None:
        _drop_leftovers(session, known)
        context.traces.before(session, statement)
        try:
            execution.run(session, migration.script.path, (statement,))
        except execution.StatementFailed as failure:
            _drop_leftovers(session, known)
            if not (resumed and failure.sqlstate in _DONE_ALREADY):
                raise
        except psycopg.Error:
            if not session.closed:
                _drop_leftovers_at_once(context, session, known)
            raise
        context.traces.after(session, statement, migration.label)

    if not (resumed and _was_made(connection, statement, noted)):
        context.work.outside(name, act)
    journal.write(deployment.id, STEP, Event.DONE, name)


# What the server says of a statement that a run of ours, killed before it could note so, had brought to its end:
# duplicate table (an index counts as one), object, database; undefined object, table, database.
_DONE_ALREADY = frozenset({"42P07", "42710", "42P04", "42704", "42P01", "3D000"})


def _noted(context: Context, name: str) -> Mapping[str, Any] | None:
    """What the intent of a unit noted, if a run before this one wrote it."""
    entries = context.deployment.entries
    noted = [e.detail for e in entries if e.step == STEP and e.unit == name and e.event is Event.BEGUN]
    return noted[-1] if noted else None


def _was_made(connection: psycopg.Connection, statement: Statement, noted: Mapping[str, Any]) -> bool:
    """Whether a valid index is there that was not when the statement began; needed where it has no name."""
    now = set(_indexes(connection, statement)) - set(_invalid_indexes(connection))
    return bool(now - set(noted.get("indexes", ())))


def _indexes(connection: psycopg.Connection, statement: Statement) -> list[str]:
    """The indexes of the table that a CREATE INDEX is for; nothing for other statements."""
    table = indexed_table(statement)
    if table is None:
        return []
    return [row[0] for row in connection.execute(_SQL["indexes"], {"table": table})]


def _invalid_indexes(connection: psycopg.Connection) -> list[str]:
    return [row[0] for row in connection.execute(_SQL["invalid_indexes"])]


def _drop_leftovers(connection: psycopg.Connection, known: list[str]) -> None:
    """Drops the indexes that a failed CONCURRENTLY of ours left invalid."""
    for name in _invalid_indexes(connection):
        if name not in known:
            # The name comes from the catalog, quoted and qualified by the server itself.
            connection.execute(b"drop index concurrently if exists " + name.encode())


def _drop_leftovers_at_once(context: Context, connection: psycopg.Connection, known: list[str]) -> None:
    """The same after waiting in vain: dropping would mostly wait in vain for the same transaction, and as long.

    What stays is dropped by the next try, or by going back, which need not wait for every old transaction.
    """
    connection.execute(
        "select pg_catalog.set_config('lock_timeout', %s, false)", [str(context.work.budget.lock_timeout_ms)]
    )
    with suppress(*RETRIED):
        _drop_leftovers(connection, known)


def _repeat_settings(context: Context, unit: Unit) -> None:
    for statement in unit.statements:
        if statement.kind == "set":
            context.work.connection.execute(statement.text.encode())
