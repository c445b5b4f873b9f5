"""Undoes a restore: what came back goes, what was there before is there again, and what users wrote since stays."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from haulback.capture import live, registry
from haulback.capture.columns import matches
from haulback.capture.filling import PAUSE
from haulback.capture.restoring.kept import SQL, Kept, RestoreLost, left
from haulback.capture.restoring.patience import Patience
from haulback.errors import Exit, HaulbackError
from haulback.model.capture import Capture
from haulback.model.restore import Restore, UndoneRows
from haulback.pg.queries import bound, queries
from haulback.pg.server_words import words

_MERGING = queries("haulback.capture", "sql/merging.sql")
_THREE_WAY = queries("haulback.capture", "sql/three_way.sql")
_REFUSED = (psycopg.IntegrityError, psycopg.DataError)
_IN_RANGE, _AT_PLACES = sql.SQL(_MERGING["in_range"]), sql.SQL(_MERGING["at_places"])
_MARK = "taken out"
# Rows. Fewer than come back at once: where the table has triggers they are switched off for a batch, which keeps
# writers out for as long.
_BATCH = 1000


class CannotUndo(HaulbackError):
    template = "restore {number} of {identity} cannot be undone: {reason}"
    hint_template = "Nothing was changed. What was there before is in the attic: haulback restore list."
    exit_code = Exit.ROLLBACK_INCOMPLETE


@dataclass(frozen=True, slots=True)
class _Counts:
    deleted: int = 0
    set_back: int = 0
    touched: int = 0
    gone: int = 0

    def __add__(self, other: _Counts) -> _Counts:
        return _Counts(
            self.deleted + other.deleted,
            self.set_back + other.set_back,
            self.touched + other.touched,
            self.gone + other.gone,
        )

    def as_progress(self, **marks: Any) -> dict[str, Any]:
        counts = {"deleted": self.deleted, "set_back": self.set_back, "touched": self.touched, "gone": self.gone}
        return {**counts, **marks}


def take_out(
    connection: psycopg.Connection,
    restore: Restore,
    kept: Kept,
    table: live.Table,
    patience: Patience,
    progress: Callable[[Capture, int], None],
    *,
    lock_timeout_ms: int = 500,
    batch: int = _BATCH,
    pause: float = PAUSE,
) -> UndoneRows:
    """Goes on from where it is; arguments as of `put_back`."""
    source = _made(connection, restore, kept)
    taking = _TakingOut(connection, kept, table)
    walk = _Walk(connection, kept.made, taking, patience, lock_timeout_ms, batch, pause, progress)
    ((part, name, pages),) = live.leaves(connection, source)
    walk.forward(part, name, pages)
    walk.again_for_those_referred_to(part, name)
    return walk.ended()


class _Walk:
    """Leads through what a restore made, from the mark to the end; each batch commits with the mark."""

    def __init__(
        self,
        connection: psycopg.Connection,
        made: Capture,
        taking: _TakingOut,
        patience: Patience,
        lock_timeout_ms: int,
        batch: int,
        pause: float,
        progress: Callable[[Capture, int], None],
    ) -> None:
        self._connection, self._made, self._taking, self._patience = connection, made, taking, patience
        self._lock_timeout_ms, self._batch, self._pause, self._progress = lock_timeout_ms, batch, pause, progress
        self._told: Mapping[str, Any] = made.progress.get(_MARK, {})
        self._counts = _Counts(*(int(self._told.get(one, 0)) for one in ("deleted", "set_back", "touched", "gone")))

    def forward(self, part: sql.Identifier, name: str, pages: int) -> None:
        if self._told.get("over"):
            return
        row = self._connection.execute(sql.SQL("select pg_catalog.count(*) from {}").format(part)).fetchone()
        stride = max(1, round(self._batch * max(1, pages) / max(1, row[0] if row else 0)))
        for page in range(int(self._told.get("page", 0)), pages, stride):
            end = min(page + stride, pages)
            bounds = {"first": f"({page},0)", "end": f"({end},0)", "capture": self._made.id, "part": name}
            self._run(part, _IN_RANGE, bounds, {"page": end})

    def again_for_those_referred_to(self, part: sql.Identifier, name: str) -> None:
        """Rows that refer to each other go from the leaves on: once round for each layer."""
        chosen = {"capture": self._made.id, "part": name}
        fruitful = True
        while fruitful:
            before = self._counts.deleted
            places = [row[0] for row in self._connection.execute(SQL["left_referred"], chosen).fetchall()]
            for first in range(0, len(places), self._batch):
                these = {**chosen, "places": places[first : first + self._batch]}
                self._run(part, _AT_PLACES, these, {"over": True}, _MERGING["take_out"])
            fruitful = self._counts.deleted > before

    def ended(self) -> UndoneRows:
        counts = self._counts
        registry.note(self._connection, self._made, **{_MARK: counts.as_progress(over=True)})
        kept = left(self._connection, self._made)
        return UndoneRows(counts.deleted, counts.set_back, counts.gone, kept, counts.touched)

    def _run(
        self,
        part: sql.Identifier,
        where: sql.Composable,
        parameters: Mapping[str, Any],
        marks: Mapping[str, Any],
        before: LiteralString = "",
    ) -> None:
        counts = self._counts

        def range_() -> None:
            with self._connection.transaction():
                live.limit(self._connection, self._lock_timeout_ms)
                if before:
                    self._connection.execute(before, parameters)
                found = counts + self._taking.run(part, where, parameters)
                registry.note(self._connection, self._made, **{_MARK: found.as_progress(**marks)})
            self._counts = found  # only what was committed counts

        self._patience.until_free(range_)
        self._progress(self._made, self._counts.deleted + self._counts.set_back + self._counts.gone)
        self._patience.clock.sleep(self._pause)


def require_undoable(connection: psycopg.Connection, restore: Restore, kept: Kept) -> live.Table:
    """The table of a restore as it is now; looked at before anything is changed.

    Raises:
        CannotUndo: the table is gone, or its columns are others by now.
    """
    table = live.find(connection, restore.identity)
    if table is None:
        raise CannotUndo(number=restore.number, identity=restore.identity, reason="the table is not there")
    for column in _made(connection, restore, kept).columns:
        if column.name not in kept.made.columns:
            continue
        now = table.column(column.name)
        if now is None or now.type != column.type:
            reason = f"the column {column.name} is {'gone' if now is None else now.type} and was {column.type}"
            raise CannotUndo(number=restore.number, identity=restore.identity, reason=reason)
    return table


def again(connection: psycopg.Connection, kept: Kept) -> None:
    """Forgets how far it came, so that a rerun tries once more what was refused; what is undone stays undone."""
    with connection.transaction():
        connection.execute(registry.SQL["forget_left_behind"], {"id": kept.made.id})
        registry.note(connection, kept.made, **{_MARK: {}})


def _made(connection: psycopg.Connection, restore: Restore, kept: Kept) -> live.Table:
    found = live.kept(connection, kept.made)
    if found is None:
        raise RestoreLost(number=restore.number, identity=restore.identity)
    return found


class _TakingOut:
    """The statements of one table."""

    def __init__(self, connection: psycopg.Connection, kept: Kept, table: live.Table) -> None:
        self._connection, self._kept, self._table = connection, kept, table
        self._before = sql.Identifier("haulback_attic", kept.before.attic_table)
        self._referring = connection.execute(_THREE_WAY["referring"], {"oid": table.oid}).fetchall()

    def run(self, part: sql.Identifier, where: sql.Composable, parameters: Mapping[str, Any]) -> _Counts:
        """All of these rows at once; row by row where the table refuses one of them."""
        try:
            with self._connection.transaction():
                return self._at_once(part, where, parameters)
        except _REFUSED:
            listed = sql.SQL(_MERGING["places"]).format(part=part, where=where)
            places = self._connection.execute(bound(listed, parameters)).fetchall()
        total = _Counts()
        for (place,) in places:
            one = {**parameters, "places": [place], "place": place}
            try:
                with self._connection.transaction():
                    total += self._at_once(part, _AT_PLACES, one)
            except _REFUSED as error:
                reason = words(error)
                self._connection.execute(_MERGING["leave"], {**one, "reason": reason})
        return total

    def _at_once(self, part: sql.Identifier, where: sql.Composable, parameters: Mapping[str, Any]) -> _Counts:
        key = self._kept.made.key
        self._connection.execute("set local enable_seqscan = off; set local enable_mergejoin = off")
        # Foreign keys stay on: they hold what rows refer to, and refuse what is referred to.
        with live.silent(self._connection, self._table, allow_replica=False):
            held = sql.SQL(SQL["hold_made"]).format(
                target=self._table.identifier, part=part, where=where, t_is_k=matches("t", "k", key)
            )
            self._connection.execute(bound(held, parameters))
            row = self._connection.execute(bound(self._statement(part, where), parameters)).fetchone()
        assert row is not None  # noqa: S101 - aggregates have one row
        seen, stay, deleted, set_back, touched = row
        return _Counts(deleted, set_back, touched, seen - stay - deleted - set_back)

    def _statement(self, part: sql.Identifier, where: sql.Composable) -> sql.Composed:
        key = self._kept.made.key
        values = [one for one in self._kept.before.columns if one not in key] or list(key[:1])
        return sql.SQL(SQL["take_back"]).format(
            part=part,
            where=where,
            target=self._table.identifier,
            before=self._before,
            t_is_b=matches("t", "b", key),
            o_is_b=matches("o", "b", key),
            t_unlike_b=live.unlike("t", "b", self._kept.made.columns),
            referred=self._referred(),
            assignments=sql.SQL(", ").join(map(_mine, values)),
        )

    def _referred(self) -> sql.Composable:
        """Whether a row of any table refers to row `t`."""
        found = [
            sql.SQL("exists (select from {} as r where {})").format(
                sql.Identifier(schema, name),
                sql.SQL(" and ").join(
                    sql.SQL("{} = {}").format(sql.Identifier("r", mine), sql.Identifier("t", theirs))
                    for mine, theirs in zip(columns, referenced, strict=True)
                ),
            )
            for schema, name, columns, referenced in self._referring
        ]
        return sql.SQL("({})").format(sql.SQL(" or ").join(found)) if found else sql.SQL("false")


def _mine(name: str) -> sql.Composed:
    """The former value, unless somebody wrote this column since."""
    return sql.SQL("{0} = case when {1} then {2} else {3} end").format(
        sql.Identifier(name), live.unlike("t", "b", [name]), sql.Identifier("t", name), sql.Identifier("o", name)
    )
