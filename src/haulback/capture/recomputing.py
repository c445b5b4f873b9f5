"""What a migration made of a column, computed from what it was when it is asked for, instead of copied under the lock.

Only where that is certain: the file converts the column once and runs nothing else that could, the transaction wrote
no row of the table, and the conversion follows from the captured values for good (`is_certain`). An empty table of the
attic that computes it, made in the migration's transaction, is the proof: the server itself takes the expression for
immutable. It is filled before the deployment is taken back.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from haulback.capture import attic, live, registry
from haulback.capture.columns import listed, matches
from haulback.capture.conversions import Conversion
from haulback.capture.naming import SCHEMA
from haulback.model.capture import Capture
from haulback.model.deployment import Deployment
from haulback.pg.queries import queries

_SQL = queries("haulback.capture", "sql/recomputing.sql")
_TOLD = queries("haulback.capture", "sql/retyping.sql")
_SOME = 1_000  # rows that are computed at once, to see that the proof holds for what is there
_NO_EXPRESSION = (psycopg.errors.ProgrammingError, psycopg.errors.NotSupportedError, psycopg.errors.DataError)


@dataclass(frozen=True, slots=True)
class _Subject:
    """The copy of before, the table that computes from it, and the columns that are converted."""

    copy: sql.Identifier
    made: sql.Identifier
    kept: tuple[str, ...]
    changed: tuple[str, ...]

    @staticmethod
    def of(capture: Capture, name: str, changed: Sequence[str]) -> _Subject:
        kept = (*capture.key, *(one for one in capture.user_columns if one not in changed))
        copy, made = (sql.Identifier(SCHEMA, one) for one in (capture.attic_table, name))
        return _Subject(copy, made, tuple(dict.fromkeys(kept)), tuple(changed))

    @property
    def columns(self) -> sql.Composed:
        return listed((*self.kept, *self.changed), "o")

    def run(self, connection: psycopg.Connection, query: str, **more: sql.Composable) -> psycopg.Cursor:
        given = {"copy": self.copy, "made": self.made, "columns": listed((*self.kept, *self.changed)), **more}
        return connection.execute(sql.SQL(_SQL[query]).format(**given))


def promise(
    connection: psycopg.Connection,
    capture: Capture,
    name: str,
    table: live.Table,
    changed: Sequence[str],
    known: Sequence[Conversion],
) -> bool:
    """Makes the table `name` of the attic, empty, where it can compute what the open transaction made; whether it can.

    Args:
        connection: inside the migration's transaction, with the settings that the migration ran under.
        capture: the copy of before, finished by this transaction, which wrote no row of the table.
        name: of the table to make, bare.
        table: as it is now, with the names that its columns had.
        changed: columns, none of them of the key.
        known: how the file converts them.
    """
    expressions = {one.column: one.expression for one in known if one.table == table.name and one.column in changed}
    if expressions.keys() != set(changed):
        return False
    subject = _Subject.of(capture, name, changed)
    kept = False
    try:
        with connection.transaction():
            _lay_out(connection, subject, table, expressions)
            kept = _is_certain(connection, name) and _holds(connection, subject, capture.key, table)
            if not kept:
                raise psycopg.Rollback
    except _NO_EXPRESSION:
        return False
    return kept


def make(connection: psycopg.Connection, deployment: Deployment) -> None:
    """Computes what was promised, without a lock on anything in use; repeatable. In autocommit.

    Raises:
        CaptureDamaged: what it follows from is not what was kept.
    """
    for capture in registry.captures(connection, deployment.id):
        if not capture.promised or capture.after_table is None:
            continue
        if live.kept_table(connection, capture.after_table) is None or live.kept(connection, capture) is None:
            raise attic.CaptureDamaged(id=capture.id, identity=capture.identity, rows=capture.rows, found="no")
        attic.check(connection, capture)
        with connection.transaction():
            connection.execute(registry.SQL["lock"], {"id": capture.id})  # an erasure is waited for
            subject = _Subject.of(capture, capture.after_table, capture.promised)
            subject.run(connection, "compute", some=sql.SQL(""))
            for one in subject.changed:
                names = {"value": _value(subject, one), "column": sql.Identifier(one)}
                subject.run(connection, "settle", **names)
                subject.run(connection, "rename", **names)
            after: Mapping[str, object] = {**capture.detail["after"], "promised": []}
            connection.execute(_TOLD["told"], {"id": capture.id, "detail": Jsonb({"after": after})})
            if capture.rows is not None:
                attic.count(connection, capture)


def _lay_out(
    connection: psycopg.Connection, subject: _Subject, table: live.Table, expressions: Mapping[str, str]
) -> None:
    subject.run(connection, "table")
    for one in subject.changed:
        column = table.column(one)
        # The type's text is the server's own format_type, the expression's the migration's.
        parts = sql.SQL(column.type if column else "text"), sql.SQL(expressions[one])
        subject.run(connection, "converted", value=_value(subject, one), type=parts[0], expression=parts[1])


def _is_certain(connection: psycopg.Connection, name: str) -> bool:
    made = live.kept_table(connection, name)
    assert made is not None  # noqa: S101 - it was made in this transaction
    row = connection.execute(_SQL["is_certain"], {"oid": made.oid}).fetchone()
    return bool(row and row[0])


def _holds(connection: psycopg.Connection, subject: _Subject, key: Sequence[str], table: live.Table) -> bool:
    """Whether some rows are what is computed of them."""
    subject.run(connection, "compute", some=sql.SQL("limit {}").format(sql.Literal(_SOME)))
    differs = sql.SQL(" or ").join(
        sql.SQL("row({})::record operator(pg_catalog.*<>) row({})::record").format(
            sql.SQL("m.{}").format(_value(subject, one)), sql.Identifier("t", one)
        )
        for one in subject.changed
    )
    row = subject.run(
        connection, "is_as_computed", table=table.identifier, matches=matches("m", "t", key), differs=differs
    ).fetchone()
    subject.run(connection, "empty")
    return bool(row and row[0])


def _value(subject: _Subject, column: str) -> sql.Identifier:
    return sql.Identifier(f"haulback_value_{subject.changed.index(column)}")
