"""Brings rows of a backup into the table in use, batch by batch; each commits with the mark of how far it came."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

import psycopg
from psycopg import sql

from haulback.capture import live
from haulback.capture.columns import listed, matches
from haulback.capture.filling import BATCH, PAUSE
from haulback.capture.merge_batches import Batches, Only, Tally
from haulback.capture.merging import Walk
from haulback.capture.restoring.kept import SQL, Kept, RestoreLost, left
from haulback.capture.restoring.patience import Patience
from haulback.model.capture import Capture
from haulback.model.restore import Restore, RestoredRows
from haulback.pg.queries import bound, queries

_THREE_WAY = queries("haulback.capture", "sql/three_way.sql")
_PUT_BACK = Only(sql.SQL("true"), "put back")


def put_back(
    connection: psycopg.Connection,
    restore: Restore,
    kept: Kept,
    table: live.Table,
    archive: live.Table | None,
    patience: Patience,
    progress: Callable[[Capture, int], None],
    *,
    lock_timeout_ms: int = 500,
    batch: int = BATCH,
    pause: float = PAUSE,
) -> RestoredRows:
    """Goes on from where it is; harmless to repeat.

    Args:
        connection: in autocommit; each batch is a transaction of its own.
        restore: that the rows are for.
        kept: what was staged.
        table: the rows go to.
        archive: a table whose rows must not come back.
        patience: for locks that somebody holds.
        progress: told after each batch with the rows seen so far.
        lock_timeout_ms: how long one try may wait for a lock.
        batch: rows a transaction.
        pause: seconds between batches, for the others.
    """
    source = live.kept(connection, kept.wanted)
    if source is None:
        raise RestoreLost(number=restore.number, identity=restore.identity)
    batches = _PuttingBack(connection, kept, source, table, archive, patience, lock_timeout_ms)
    told: Mapping[str, Any] = kept.wanted.progress.get(_PUT_BACK.mark, {})
    tally = Tally(told.get("merged", 0), told.get("present", 0))
    walk = Walk(batches, tally, _rows(connection, source), batch, pause, patience.clock, progress, _PUT_BACK.mark)
    if not told:
        # First, so that rows written meanwhile do not take numbers that come back.
        _raise_sequences(connection, source, table)
    if not told.get("over"):
        walk.forward(told.get("part", ""), int(told.get("page", 0)))
    walk.again_for_those_left()
    made: dict[str, int] = dict(connection.execute(sql.SQL(SQL["made"]).format(made=batches.made)).fetchall())
    return RestoredRows(made.get("i", 0), made.get("u", 0), left(connection, kept.wanted))


class _PuttingBack(Batches):
    """The statements of one table; what was written since both sides were compared stays."""

    def __init__(
        self,
        connection: psycopg.Connection,
        kept: Kept,
        source: live.Table,
        target: live.Table,
        archive: live.Table | None,
        patience: Patience,
        lock_timeout_ms: int,
    ) -> None:
        super().__init__(connection, kept.wanted, source, target, lock_timeout_ms, frozenset(), _PUT_BACK)
        self._patience = patience
        self._before = sql.Identifier("haulback_attic", kept.before.attic_table)
        self.made = sql.Identifier("haulback_attic", kept.made.attic_table)
        self._made_columns = tuple(one for one in kept.made.columns if target.column(one) is not None)
        key = kept.wanted.key
        self._archive = archive if archive and all(map(archive.column, key)) else None
        rows = connection.execute(_THREE_WAY["referring"], {"oid": target.oid}).fetchall()
        # Where others refer to more than the key, their foreign keys must act when it changes.
        self._may_hold = all(set(referenced) <= set(key) for *_, referenced in rows)

    def run(
        self,
        part: sql.Identifier,
        name: str,
        where: sql.Composable,
        parameters: Mapping[str, Any],
        note: Callable[[int, int], Mapping[str, Any]],
        before: Callable[[], None] = lambda: None,
    ) -> None:
        run = super().run
        self._patience.until_free(lambda: run(part, name, where, parameters, note, before))

    def _cases(self, parents: Sequence[live.Parent]) -> list[sql.Composed]:
        cases = super()._cases(parents)
        if self._archive:
            archived = sql.SQL("when exists (select from {} as a where {}) then 'archived'").format(
                self._archive.identifier, matches("a", "b", self.capture.key)
            )
            cases.insert(len(self._users), archived)
        return cases

    def _statement(self, part: sql.Identifier, where: sql.Composable) -> sql.Composed:
        key, names = self.capture.key, [mine.name for mine, _ in self._columns]
        values = [name for name in names if name not in key] or list(key[:1])
        return sql.SQL(SQL["put_back"]).format(
            judged=self._judged(part, where),
            before=self._before,
            made=self.made,
            assignments=sql.SQL(", ").join(
                sql.SQL("{} = {}").format(sql.Identifier(name), self._cast(name, alias="b")) for name in values
            ),
            o_is_b=matches("o", "b", key),
            t_is_b=matches("t", "b", key),
            t_unlike_o=live.unlike("t", "o", names),
            t_columns=listed(self._made_columns, "t"),
            columns=listed(self._made_columns),
            **self._into(),
        )

    def _at_once(
        self, part: sql.Identifier, name: str, where: sql.Composable, parameters: Mapping[str, Any]
    ) -> tuple[int, int]:
        # Each row is found by its key, however large the table is.
        self.connection.execute("set local enable_seqscan = off; set local enable_mergejoin = off")
        return super()._at_once(part, name, where, parameters)

    def _unplaced(self, part: sql.Identifier, where: sql.Composable, parameters: Mapping[str, Any]) -> int:
        key = self.capture.key
        query = sql.SQL(SQL["unplaced"]).format(
            part=part,
            where=where,
            before=self._before,
            target=self._target.identifier,
            made=self.made,
            o_is_k=matches("o", "k", key),
            t_is_k=matches("t", "k", key),
            m_is_k=matches("m", "k", key),
        )
        return self.connection.execute(bound(query, parameters)).rowcount


def _rows(connection: psycopg.Connection, table: live.Table) -> int:
    row = connection.execute(sql.SQL("select pg_catalog.count(*) from {}").format(table.identifier)).fetchone()
    return int(row[0]) if row else 0


def _raise_sequences(connection: psycopg.Connection, source: live.Table, target: live.Table) -> None:
    """Sets each sequence of the table at least to the highest number that comes back."""
    for column, schema, name, rises in connection.execute(SQL["sequences"], {"oid": target.oid}).fetchall():
        if source.column(column) is None:
            continue
        raised = sql.SQL(SQL["raise_up" if rises else "raise_down"]).format(
            name=sql.Literal(sql.Identifier(schema, name).as_string(connection)),
            sequence=sql.Identifier(schema, name),
            column=sql.Identifier(column),
            wanted=source.identifier,
        )
        # A role that may write the table need not have a right to its sequence; then it stays where it is.
        with suppress(psycopg.errors.InsufficientPrivilege):
            connection.execute(raised)
