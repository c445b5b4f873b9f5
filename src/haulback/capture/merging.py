"""Brings rows from the attic back into a table of their name that exists again, while users write to it.

Rows are read by their place (ctid): nobody updates a table in the attic, so places hold, with or without a key.
Each batch commits with the mark of how far it came, so that a merge that was killed goes on where it stood and
counts no row twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql

from haulback.capture import attic, filling, live, registry
from haulback.capture.filling import BATCH, PAUSE
from haulback.capture.merge_batches import EVERY, TOMBSTONES, Batches, Only, Tally
from haulback.capture.sequences import raise_sequences
from haulback.clock import Clock, SystemClock
from haulback.errors import Exit, HaulbackError
from haulback.model.capture import Capture, CaptureKind, Keeps, Merged
from haulback.pg.queries import queries

_SQL = queries("haulback.capture", "sql/merging.sql")
_IN_RANGE, _AT_PLACES = sql.SQL(_SQL["in_range"]), sql.SQL(_SQL["at_places"])

Progress = Callable[[Capture, int], None]


class NothingToMergeInto(HaulbackError):
    template = "capture {id} of {identity} has no table to go back to"
    hint_template = "Deploy the migration that makes {identity}, then run: haulback attic restore {id}."
    exit_code = Exit.REFUSED


def mergeable(connection: psycopg.Connection) -> tuple[Capture, ...]:
    """What `deploy --with-attic` brings back, in the order to do it.

    Tombstones of erased users first, since every other merge honours them; then parents before children; of the
    same table the newest first.
    """
    found = [
        capture
        for capture in registry.captures(connection)
        if capture.keeps is Keeps.AFTER and _has_place(connection, capture)
    ]
    return ordered(found)


def _has_place(connection: psycopg.Connection, capture: Capture) -> bool:
    table = live.find(connection, capture.identity) if capture.holds_rows else None
    if table is None:
        return False
    return capture.kind is not CaptureKind.COPIED_COLUMNS or any(map(table.column, capture.given_back))


def ordered(captures: Sequence[Capture]) -> tuple[Capture, ...]:
    """Tombstones of erased users, then parents before children; of the same table the newest first."""
    depth = _depths({capture.identity: tuple(capture.detail.get("parents", ())) for capture in captures})
    return tuple(sorted(captures, key=lambda c: (c.identity != TOMBSTONES, depth[c.identity], c.identity, -c.id)))


def merge(
    connection: psycopg.Connection,
    capture: Capture,
    *,
    batch: int = BATCH,
    pause: float = PAUSE,
    lock_timeout_ms: int = 500,
    clock: Clock | None = None,
    progress: Progress = lambda _capture, _rows: None,
    awaited: Iterable[str] = (),
    only: Only = EVERY,
) -> Merged:
    """Merges the rows of one capture; what is merged already is not looked at again.

    Args:
        connection: in autocommit; each batch is a transaction of its own.
        capture: a moved or copied table.
        batch: rows a transaction.
        pause: seconds between batches, for the others.
        lock_timeout_ms: how long one batch may wait for a lock.
        clock: for the pauses.
        progress: called after each batch with the rows seen so far.
        awaited: identities of tables whose rows come back after these. Where foreign keys run in a circle a row
            cannot find its parent yet; the constraint that goes on at the end judges it instead.
        only: which rows; all by default.

    Raises:
        NothingToMergeInto: no table of that name is there.
        CaptureDamaged: the capture is not what was kept; nothing of it was merged.
        psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected: try again; nothing is lost.
    """
    capture = registry.load(connection, capture.id)
    if capture.kind is CaptureKind.COPIED_COLUMNS:
        raise_sequences(connection, capture)  # a serial or identity column that is there again begins at its start
        return _columns(connection, capture, batch, pause, lock_timeout_ms, clock, progress)
    target, source = live.find(connection, capture.identity), live.kept(connection, capture)
    if source is None:
        raise attic.CaptureDamaged(id=capture.id, identity=capture.identity, rows=capture.rows, found="no")
    if target is None:
        raise NothingToMergeInto(id=capture.id, identity=capture.identity)
    told: Mapping[str, Any] = capture.progress.get(only.mark, {})
    if not told and capture.kind is not CaptureKind.CHANGED_ROWS:
        if capture.rows is None:
            capture = attic.count(connection, capture)
        else:
            attic.check(connection, capture)
    # First, so that rows written meanwhile do not take numbers that come back.
    raised = raise_sequences(connection, capture)
    later = frozenset(table.oid for one in awaited if (table := live.find(connection, one)))
    batches = Batches(connection, capture, source, target, lock_timeout_ms, later, only)
    tally = Tally(told.get("merged", 0), told.get("present", 0))
    captured = int(told.get("captured", capture.rows or 0))
    walk = Walk(batches, tally, captured, batch, pause, clock or SystemClock(), progress, only.mark)
    if not told.get("over"):
        walk.forward(told.get("part", ""), int(told.get("page", 0)))
    walk.again_for_those_left()
    left: dict[str, int] = dict(connection.execute(registry.SQL["left_behind"], {"id": capture.id}).fetchall())
    return Merged(
        registry.load(connection, capture.id),
        captured,
        tally.merged,
        tally.present,
        left,
        tuple(c.name for c in source.columns if target.column(c.name) is None),
        tuple(c.name for c in target.columns if source.column(c.name) is None),
        raised,
    )


def _columns(
    connection: psycopg.Connection,
    capture: Capture,
    batch: int,
    pause: float,
    lock_timeout_ms: int,
    clock: Clock | None,
    progress: Progress,
) -> Merged:
    """Columns that exist again: their values, told in the words of a merge."""
    filled = filling.fill(
        connection,
        capture,
        batch=batch,
        pause=pause,
        lock_timeout_ms=lock_timeout_ms,
        clock=clock,
        progress=progress,
    )
    left = {"row deleted since": filled.gone, "erased user": filled.erased}
    told = registry.note(
        connection, filled.capture, merge={"over": True, "merged": filled.given, "present": filled.kept}
    )
    total = filled.given + filled.kept + filled.gone + filled.erased
    return Merged(told, total, filled.given, filled.kept, {reason: rows for reason, rows in left.items() if rows})


class Walk:
    """Leads batches through a capture, from the mark to the end."""

    def __init__(
        self,
        batches: Batches,
        tally: Tally,
        captured: int,
        batch: int,
        pause: float,
        clock: Clock,
        progress: Progress,
        mark: str,
    ) -> None:
        self._mark = mark
        self._batches, self._tally, self._captured = batches, tally, captured
        self._batch, self._pause, self._clock, self._progress = batch, pause, clock, progress

    def forward(self, part_done: str, page_done: int) -> None:
        """All rows, from the mark on."""
        parts = live.leaves(self._batches.connection, self._batches.source)
        pages = sum(count for _, _, count in parts) or 1
        stride = max(1, round(self._batch / max(1, self._captured / pages)))
        for part, name, last in parts:
            if name < part_done:
                continue
            page = page_done if name == part_done else 0
            while page < last:
                end = min(page + stride, last)
                bounds = {"first": f"({page},0)", "end": f"({end},0)"}
                self._run(part, name, _IN_RANGE, bounds, {"part": name, "page": end})
                page = end
        with self._batches.connection.transaction():
            registry.note(
                self._batches.connection,
                self._batches.capture,
                **{self._mark: self._tally.as_progress(captured=self._captured, over=True)},
            )

    def again_for_those_left(self) -> None:
        """Rows left behind may find their parent now, as children of the same table do."""
        fruitless, backward = 0, True
        while fruitless < 2:  # noqa: PLR2004 - once in each direction
            merged = self._tally.merged
            for part, name, _ in live.leaves(self._batches.connection, self._batches.source):
                self._again(part, name, "left_backward" if backward else "left_forward")
            fruitless = fruitless + 1 if self._tally.merged == merged else 0
            backward = not backward

    def _again(self, part: sql.Identifier, name: str, direction: str) -> None:
        connection, after = self._batches.connection, None
        while True:
            parameters = {"capture": self._batches.capture.id, "part": name, "after": after, "most": self._batch}
            places = [row[0] for row in connection.execute(_SQL[direction], parameters).fetchall()]
            if not places:
                return
            chosen = {"capture": self._batches.capture.id, "part": name, "places": places}

            def take_out(chosen: Mapping[str, Any] = chosen) -> None:
                connection.execute(_SQL["take_out"], chosen)

            self._run(part, name, _AT_PLACES, chosen, {"over": True}, take_out)
            after = places[-1]

    def _run(
        self,
        part: sql.Identifier,
        name: str,
        where: sql.Composable,
        parameters: Mapping[str, Any],
        marks: Mapping[str, Any],
        before: Callable[[], None] = lambda: None,
    ) -> None:
        counted = Tally()

        def note(merged: int, present: int) -> Mapping[str, Any]:
            counted.merged, counted.present = merged, present
            total = Tally(self._tally.merged + merged, self._tally.present + present)
            return total.as_progress(captured=self._captured, **marks)

        self._batches.run(part, name, where, parameters, note, before)
        # Only what was committed counts.
        self._tally.merged += counted.merged
        self._tally.present += counted.present
        self._progress(self._batches.capture, self._tally.merged + self._tally.present)
        self._clock.sleep(self._pause)


def _depths(parents: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How far each table is from one without parents among these; circles end where they close."""

    def depth(identity: str, above: frozenset[str]) -> int:
        known = [p for p in parents[identity] if p in parents and p not in above and p != identity]
        return 1 + max((depth(p, above | {identity}) for p in known), default=-1)

    return {identity: depth(identity, frozenset()) for identity in parents}
