"""Takes back what a migration did to rows, table by table, in key ranges, while users write.

Newest change first. Of each table: rows that it inserted go, values that it updated come back, rows that it deleted
come back. What one of these cannot do yet, since another table's rows are not back, is tried again at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import psycopg
from psycopg import sql

from haulback.capture import attic, live, merging, registry
from haulback.capture.changes import keyless
from haulback.capture.changes.notes import Notes
from haulback.capture.changes.settling import settle
from haulback.capture.changes.three_way import AT_PLACES, INSERTED, UPDATED, Counted, ThreeWay
from haulback.capture.columns import listed
from haulback.capture.errors import RowsHeldUp
from haulback.capture.filling import BATCH, PAUSE
from haulback.capture.merge_batches import Only
from haulback.clock import Clock, SystemClock
from haulback.model.capture import Capture, CaptureKind, Filled, HeldUp, Keeps
from haulback.model.deployment import Deployment
from haulback.pg.queries import bound, queries

_SQL = queries("haulback.capture", "sql/three_way.sql")
_EVERY = sql.SQL("true")
_PASSES = 3  # over what had to wait for other tables

Progress = Callable[[Capture, int], None]


def noted(captures: Sequence[Capture]) -> tuple[Capture, ...]:
    """Those that this module gives back, parents before children."""
    chosen = [c for c in captures if c.kind is CaptureKind.CHANGED_ROWS and c.keeps is Keeps.BEFORE]
    return merging.ordered(chosen)


def held_up(connection: psycopg.Connection, deployment: Deployment) -> tuple[HeldUp, ...]:
    """Rows of a deployment that nobody wrote since and that wait for somebody to make way."""
    if not live.kept_name(connection, "left_behind"):
        return ()
    rows = connection.execute(_SQL["held_up"], {"deployment": deployment.id}).fetchall()
    return tuple(HeldUp(*row) for row in rows)


def require_none_held_up(found: Sequence[HeldUp]) -> None:
    """Refuses to call a deployment taken back while rows are held up.

    Raises:
        RowsHeldUp: with the tables, the reasons and how many.
    """
    if found:
        ids = " ".join(dict.fromkeys(str(one.capture) for one in found))
        raise RowsHeldUp(what="; ".join(map(str, found)), ids=ids)


class GivingBack:
    """Gives the noted rows of one deployment back; what is done already is not looked at again.

    Args:
        connection: in autocommit; each range is a transaction of its own.
        captures: in order, parents before children.
        batch: rows a transaction.
        pause: seconds between transactions.
        lock_timeout_ms: how long one of them may wait for a lock.
        clock: for the pauses.
        progress: called after each range with the rows so far.

    Raises (by any method):
        CaptureDamaged: the notes are not what was kept; nothing of them was used.
        psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected: try again; nothing is lost.
    """

    def __init__(
        self,
        connection: psycopg.Connection,
        captures: Sequence[Capture],
        *,
        batch: int = BATCH,
        pause: float = PAUSE,
        lock_timeout_ms: int = 500,
        clock: Clock | None = None,
        progress: Progress = lambda _capture, _rows: None,
    ) -> None:
        self._connection, self._captures = connection, tuple(captures)
        self._batch, self._pause, self._lock_timeout_ms = batch, pause, lock_timeout_ms
        self._clock, self._progress = clock or SystemClock(), progress

    def take_out(self) -> None:
        """Takes out what the migrations inserted, children before parents; the rows stay in the attic.

        What a later transaction changed again comes in `restore`, when that change is taken back: a row is what its
        insert left only then.
        """
        sound = [self._notes(capture) for capture in self._captures]  # all of them, before any of them is used
        for notes in reversed(sound):
            if notes and notes.key:
                self._walk(notes, INSERTED, 1)

    def restore(self, capture: Capture) -> Filled:
        """Brings back what the migrations updated and deleted of one table, the newest change of each row first."""
        notes = self._notes(capture)
        if notes is None:
            return Filled(capture, 0, 0, 0, 0)
        if not notes.key:
            counted = keyless.take_back(self._connection, notes, self._lock_timeout_ms)
            return Filled(registry.load(self._connection, capture.id), counted.done, counted.touched, counted.gone, 0)
        given = kept = gone = erased = 0
        if copied := self._copied_in(capture):
            self._walk(notes, INSERTED, 1, copied)
        for layer in self._layers(capture):
            if layer > 1:
                self._walk(notes, INSERTED, layer)
            counted = self._walk(notes, UPDATED, layer)
            mark = "merge" if layer == 1 else f"merge {layer}"
            merged = merging.merge(
                self._connection,
                capture,
                batch=self._batch,
                pause=self._pause,
                lock_timeout_ms=self._lock_timeout_ms,
                clock=self._clock,
                progress=self._progress,
                only=Only(sql.SQL("k.haulback_event = 'd' and k.haulback_layer = {}").format(layer), mark),
            )
            given += counted.done + merged.merged
            kept += counted.touched + merged.present
            gone += counted.gone
            erased += merged.left.get("erased user", 0)
        return Filled(registry.load(self._connection, capture.id), given, kept, gone, erased)

    def again(self) -> None:
        """Tries what had to wait for rows of other tables, for as long as that helps."""
        for _ in range(_PASSES):
            done = sum(
                self._left(notes, part)
                for capture in self._captures
                if (notes := self._notes(capture)) and notes.key
                for part in (UPDATED, INSERTED)
            )
            if not done:
                return

    def _notes(self, capture: Capture) -> Notes | None:
        """None where the table is not there."""
        capture = registry.load(self._connection, capture.id)
        if "settled" not in capture.progress:
            settle(self._connection, capture)
            capture = registry.load(self._connection, capture.id)
        notes = Notes.of(self._connection, capture)
        if notes is None:
            raise attic.CaptureDamaged(id=capture.id, identity=capture.identity, rows=capture.rows, found="no")
        if capture.rows is None:
            attic.count(self._connection, capture)
        elif not capture.progress.keys() - {"settled"}:
            attic.check(self._connection, capture)
        return notes if notes.target else None

    def _copied_in(self, capture: Capture) -> str | None:
        """The transaction that the whole table was copied in: what was inserted before is back with that copy."""
        copies = [
            one.detail["xact"]
            for one in registry.captures(self._connection, capture.deployment)
            if one.kind is CaptureKind.COPIED_TABLE and one.identity == capture.identity and "xact" in one.detail
        ]
        return max(copies, key=int, default=None)

    def _layers(self, capture: Capture) -> range:
        settled = registry.load(self._connection, capture.id).progress["settled"]
        return range(1, int(settled["layers"]) + 1)

    def _walk(self, notes: Notes, part: str, layer: int, older: str | None = None) -> Counted:
        """All ranges of one layer, from the mark on; only what is older than a transaction, where one is named."""
        capture = registry.load(self._connection, notes.capture.id)
        mark = part if layer == 1 else f"{part} {layer}"
        if older:
            mark = f"{part} that were copied"
        aged = sql.SQL("o.haulback_xact < {}::pg_catalog.xid8").format(sql.Literal(older)) if older else _EVERY
        told: dict[str, Any] = dict(capture.progress.get(mark, {}))
        after: list[str] | None = told.pop("after", None)
        over = told.pop("over", False)
        total = Counted(**told)
        way = ThreeWay(self._connection, notes)
        while not over:
            last = self._last(notes, after, layer)
            if last is None:
                registry.note(self._connection, capture, **{mark: {**asdict(total), "over": True}})
                break
            where = sql.SQL("{} and {} and {} and o.haulback_layer = %(layer)s").format(
                _beyond(notes, after, ">"), _beyond(notes, last, "<="), aged
            )
            with self._connection.transaction():
                live.limit(self._connection, self._lock_timeout_ms)
                total += way.run(part, where, {"layer": layer})
                registry.note(self._connection, capture, **{mark: {**asdict(total), "after": last}})
            after = last
            self._progress(capture, total.done + total.touched)
            self._clock.sleep(self._pause)
        return total

    def _left(self, notes: Notes, part: str) -> int:
        """Tries those left behind once more; returns how many that did."""
        given = {"capture": notes.capture.id, "part": part}
        places = [row[0] for row in self._connection.execute(_SQL["left"], given).fetchall()]
        way, done = ThreeWay(self._connection, notes), 0
        for begin in range(0, len(places), self._batch):
            some = {**given, "places": places[begin : begin + self._batch]}
            with self._connection.transaction():
                live.limit(self._connection, self._lock_timeout_ms)
                self._connection.execute(_SQL["take_up"], some)
                done += way.run(part, AT_PLACES, some).done
            self._clock.sleep(self._pause)
        return done

    def _last(self, notes: Notes, after: list[str] | None, layer: int) -> list[str] | None:
        query = sql.SQL(_SQL["bounds"]).format(
            key=listed(notes.key),
            key_texts=sql.SQL(", ").join(sql.SQL("{}::pg_catalog.text").format(sql.Identifier(k)) for k in notes.key),
            log=notes.log,
            after=_beyond(notes, after, ">"),
            descending=sql.SQL(", ").join(sql.SQL("{} desc").format(sql.Identifier("r", k)) for k in notes.key),
        )
        with self._connection.transaction():  # in the words in which the range is read again
            live.limit(self._connection, self._lock_timeout_ms)
            row = self._connection.execute(bound(query, {"most": self._batch, "layer": layer})).fetchone()
        return list(row) if row else None


def _beyond(notes: Notes, values: Sequence[str] | None, operator: str) -> sql.Composable:
    """`(key) operator (values)` over a row `o` of the notes; true without values."""
    if values is None:
        return sql.SQL("true")
    given = []
    for name, value in zip(notes.key, values, strict=True):
        column = notes.kept.column(name)
        # The type's text is the server's own format_type.
        given.append(sql.SQL("{}::{}").format(sql.Literal(value), sql.SQL(column.type if column else "text")))
    compare = sql.SQL(">") if operator == ">" else sql.SQL("<=")
    return sql.SQL("({}) {} ({})").format(listed(notes.key, "o"), compare, sql.SQL(", ").join(given))
