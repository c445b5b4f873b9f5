"""Brings the notes of a migration into the shape that giving back reads: one a row and transaction, newest first."""

from __future__ import annotations

import psycopg
from psycopg import sql

from haulback.capture import attic, registry
from haulback.capture.changes.notes import Notes
from haulback.capture.columns import listed, matches
from haulback.model.capture import Capture
from haulback.pg.queries import queries

_SQL = queries("haulback.capture", "sql/settling.sql")
# The parts of one statement (WITH gone AS (DELETE …) INSERT …) have one number: none of them sees a row that another
# one inserts, so a row that it deletes and inserts was there before.
_RANK = sql.SQL("pg_catalog.strpos('udi', l.haulback_event::pg_catalog.text)")


def settle(connection: psycopg.Connection, capture: Capture) -> int:
    """Folds the notes of one table once its migrations are through; harmless when it is done. In autocommit.

    Returns:
        How many rows it tells of.

    Raises:
        CaptureDamaged: somebody dropped the notes.
    """
    notes = Notes.of(connection, capture)
    if notes is None:
        raise attic.CaptureDamaged(id=capture.id, identity=capture.identity, rows=capture.rows, found="no")
    log = notes.log
    with connection.transaction():
        text = sql.Literal(log.as_string(connection))
        done = connection.execute(sql.SQL(_SQL["settled"]).format(log=text)).fetchone()
        aimed = connection.execute(sql.SQL(_SQL["marks"]).format(log=log)).rowcount > 0
        if not (done and done[0]):
            if not (notes.key and _is_single(connection, notes)):
                _lay(connection, notes)
            connection.execute(sql.SQL("analyze {}").format(log))
        row = connection.execute(sql.SQL(_SQL["layers"]).format(log=log)).fetchone()
        assert row is not None  # noqa: S101 - aggregates have one row
        registry.note(connection, capture, settled={"layers": row[0], "aimed_at": aimed or row[1] > 0})
    return int(row[1])


def _is_single(connection: psycopg.Connection, notes: Notes) -> bool:
    """Puts all notes into layer 1; whether that is possible, as it is where no row changed more than once.

    The index that is wanted anyway tells: to look for such rows first takes longer than to build it.
    """
    try:
        with connection.transaction():
            connection.execute(sql.SQL(_SQL["layer"]).format(log=notes.log))
            connection.execute(sql.SQL(_SQL["key"]).format(log=notes.log, key=listed(notes.key)))
    except psycopg.errors.UniqueViolation:
        return False
    return True


def _lay(connection: psycopg.Connection, notes: Notes) -> None:
    if notes.key:
        _fold(connection, notes)
    connection.execute(sql.SQL(_SQL["layer"]).format(log=notes.log))
    if notes.key:
        connection.execute(sql.SQL(_SQL["number"]).format(log=notes.log, l_key=listed(notes.key, "l")))
        connection.execute(sql.SQL(_SQL["key"]).format(log=notes.log, key=listed(notes.key)))


def _fold(connection: psycopg.Connection, notes: Notes) -> None:
    log, key = notes.log, listed(notes.key)
    found = connection.execute(sql.SQL(_SQL["repeated"]).format(log=log, key=key)).fetchone()
    if not (found and found[0]):
        return
    values, chosen, names = [], [], []
    for one in notes.values:
        old, new = sql.Identifier("l", one.name), sql.Identifier("l", one.new)
        told = one.differs("l")
        first = sql.SQL(
            "(pg_catalog.array_agg({} order by l.haulback_statement, {})"
            " filter (where l.haulback_event = 'd' or (l.haulback_event = 'u' and {})))[1] as {}"
        ).format(old, _RANK, told, sql.Identifier(one.name))
        last = sql.SQL(
            "(pg_catalog.array_agg({} order by l.haulback_statement desc, {} desc)"
            " filter (where l.haulback_event = 'i' or (l.haulback_event = 'u' and {})))[1] as {}"
        ).format(new, _RANK, told, sql.Identifier(one.new))
        values += [first, last]
        names += [sql.Identifier(one.name), sql.Identifier(one.new)]
        chosen += [
            sql.SQL("case when haulback_was then {} end").format(sql.Identifier(one.name)),
            sql.SQL("case when haulback_is then {} end").format(sql.Identifier(one.new)),
        ]
    connection.execute(
        sql.SQL(_SQL["fold"]).format(
            log=log,
            key=key,
            rank=_RANK,
            l_key=listed(notes.key, "l"),
            l_is_r=matches("l", "r", notes.key),
            values=sql.SQL(", ").join(values),
            names=sql.SQL(", ").join(names),
            chosen=sql.SQL(", ").join(chosen),
        )
    )
