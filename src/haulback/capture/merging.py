"""Brings rows from the attic back into a table of their name that exists again, while users write to it.

Rows are read by their place (ctid): nobody updates a table in the attic, so places hold, with or without a key.
Each batch commits with the mark of how far it came, so that a merge that was killed goes on where it stood and
counts no row twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from haulback.capture import attic, filling, live, registry
from haulback.capture.filling import BATCH, PAUSE
from haulback.capture.sequences import raise_sequences
from haulback.clock import Clock, SystemClock
from haulback.errors import Exit, HaulbackError
from haulback.model.capture import Capture, CaptureKind, Keeps, Merged
from haulback.pg.queries import bound, queries

TOMBSTONES = "public.erased_users"
_SQL = queries("haulback.capture", "sql/merging.sql")
_IN_RANGE, _AT_PLACES = sql.SQL(_SQL["in_range"]), sql.SQL(_SQL["at_places"])
_REFUSED = (psycopg.IntegrityError, psycopg.DataError)

Progress = Callable[[Capture, int], None]


class NothingToMergeInto(HaulbackError):
    template = "capture {id} of {identity} has no table to go back to"
    hint_template = "Deploy the migration that makes {identity}, then run: haulback attic restore {id}."
    exit_code = Exit.REFUSED


@dataclass(slots=True)
class _Tally:
    merged: int = 0
    present: int = 0

    def as_progress(self, **marks: Any) -> dict[str, Any]:
        return {"merged": self.merged, "present": self.present, **marks}


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
    return capture.kind is not CaptureKind.COPIED_COLUMNS or any(map(table.column, capture.columns))


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

    Raises:
        NothingToMergeInto: no table of that name is there.
        CaptureDamaged: the capture is not what was kept; nothing of it was merged.
        psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected: try again; nothing is lost.
    """
    capture = registry.load(connection, capture.id)
    if capture.kind is CaptureKind.COPIED_COLUMNS:
        return _columns(connection, capture, batch, pause, lock_timeout_ms, clock, progress)
    target, source = live.find(connection, capture.identity), live.kept(connection, capture)
    if source is None:
        raise attic.CaptureDamaged(id=capture.id, identity=capture.identity, rows=capture.rows, found="no")
    if target is None:
        raise NothingToMergeInto(id=capture.id, identity=capture.identity)
    told: Mapping[str, Any] = capture.progress.get("merge", {})
    if not told:
        if capture.rows is None:
            capture = attic.count(connection, capture)
        else:
            attic.check(connection, capture)
    # First, so that rows written meanwhile do not take numbers that come back.
    raised = raise_sequences(connection, capture)
    later = frozenset(table.oid for one in awaited if (table := live.find(connection, one)))
    batches = _Batches(connection, capture, source, target, lock_timeout_ms, later)
    tally = _Tally(told.get("merged", 0), told.get("present", 0))
    captured = int(told.get("captured", capture.rows or 0))
    walk = _Walk(batches, tally, captured, batch, pause, clock or SystemClock(), progress)
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


class _Batches:
    """One short transaction after another that each bring some rows of a capture back."""

    def __init__(
        self,
        connection: psycopg.Connection,
        capture: Capture,
        source: live.Table,
        target: live.Table,
        lock_timeout_ms: int,
        later: frozenset[int],
    ) -> None:
        self.connection, self.capture, self.source, self._target = connection, capture, source, target
        self._lock_timeout_ms = lock_timeout_ms
        self._columns = [
            (mine, other)
            for mine in source.columns
            if (other := target.column(mine.name)) is not None and not other.generated
        ]
        names = {mine.name for mine, _ in self._columns}
        # A table that was dropped gets its foreign keys last: until then the capture tells of them.
        parents = target.parents or live.remembered(connection, capture)
        self._parents = tuple(p for p in parents if names.issuperset(p.columns) and p.oid not in later)
        self._may_hold = True
        users = {*capture.user_columns, *target.user_columns} & {column.name for column in source.columns}
        self._users = sorted(users) if live.honours_erasure(connection) else []

    def run(
        self,
        part: sql.Identifier,
        name: str,
        where: sql.Composable,
        parameters: Mapping[str, Any],
        note: Callable[[int, int], Mapping[str, Any]],
        before: Callable[[], None] = lambda: None,
    ) -> None:
        """Merges the rows of `part` that `where` names; what `note` makes of (merged, present) commits with them."""
        with self.connection.transaction():
            live.limit(self.connection, self._lock_timeout_ms)
            before()
            merged, present = self._careful(part, name, where, parameters)
            registry.note(self.connection, self.capture, merge=note(merged, present))

    def _careful(
        self, part: sql.Identifier, name: str, where: sql.Composable, parameters: Mapping[str, Any]
    ) -> tuple[int, int]:
        """All at once; row by row where the table refuses one of them."""
        try:
            with self.connection.transaction():
                return self._at_once(part, name, where, parameters)
        except psycopg.errors.InsufficientPrivilege:
            if not self._may_hold:
                raise
            # We may not lock a parent's rows: let its foreign key do it, whose checks then must stay on.
            self._may_hold = False
            return self._careful(part, name, where, parameters)
        except _REFUSED:
            listed = sql.SQL(_SQL["places"]).format(part=part, where=where)
            places = self.connection.execute(bound(listed, parameters)).fetchall()
        merged = present = 0
        for (place,) in places:
            one = {"capture": self.capture.id, "part": name, "places": [place]}
            try:
                with self.connection.transaction():
                    plus, there = self._at_once(part, name, _AT_PLACES, one)
                merged, present = merged + plus, present + there
            except _REFUSED as error:
                reason = error.diag.message_primary or type(error).__name__
                self.connection.execute(_SQL["leave"], {**one, "place": place, "reason": reason})
        return merged, present

    def _at_once(
        self, part: sql.Identifier, name: str, where: sql.Composable, parameters: Mapping[str, Any]
    ) -> tuple[int, int]:
        with live.silent(self.connection, self._target, allow_replica=self._may_hold) as unchecked:
            if unchecked:
                self._hold_parents(part, where, parameters)
            given = {**parameters, "capture": self.capture.id, "part": name}
            row = self.connection.execute(bound(self._statement(part, where), given)).fetchone()
        assert row is not None  # noqa: S101 - aggregates have one row
        seen, left, merged = row
        return merged, seen - left - merged

    def _hold_parents(self, part: sql.Identifier, where: sql.Composable, parameters: Mapping[str, Any]) -> None:
        for parent in self._parents:
            rows = sql.SQL("select {} from only {} as k where {}").format(
                sql.SQL(", ").join(self._cast(name, alias="k", named=True) for name in parent.columns), part, where
            )
            held = sql.SQL(_SQL["hold"]).format(parent=parent.table, rows=rows, on=parent.leads_from("r", "p"))
            self.connection.execute(bound(held, parameters))

    def _statement(self, part: sql.Identifier, where: sql.Composable) -> sql.Composed:
        own = [parent for parent in self._parents if parent.oid == self._target.oid]
        # A chain can be followed along one key; with several to the same table, later passes find their rows.
        chain = own[0] if len(own) == 1 else None
        cases = [*map(self._erased, self._users), *(self._orphaned(p) for p in self._parents if p is not chain)]
        reason = sql.SQL("case {} end").format(sql.SQL(" ").join(cases)) if cases else sql.SQL("null::text")
        return sql.SQL(_SQL["merge"]).format(
            part=part,
            where=where,
            reason=reason,
            rooted=sql.SQL("not ({})").format(self._lost(chain)) if chain else sql.SQL("true"),
            chained=chain.leads_from("b", "p") if chain else sql.SQL("false"),
            unrooted=sql.Literal(f"no row in {self._target.schema}.{self._target.name}"),
            target=self._target.identifier,
            into=sql.SQL(", ").join(sql.Identifier(mine.name) for mine, _ in self._columns),
            values=sql.SQL(", ").join(self._cast(mine.name, alias="b") for mine, _ in self._columns),
        )

    def _erased(self, column: str) -> sql.Composed:
        return sql.SQL("when public.is_erased({}::pg_catalog.text::pg_catalog.uuid) then 'erased user'").format(
            sql.Identifier("b", column)
        )

    def _orphaned(self, parent: live.Parent) -> sql.Composed:
        return sql.SQL("when {} then {}").format(self._lost(parent), sql.Literal(f"no row in {parent.label}"))

    def _lost(self, parent: live.Parent) -> sql.Composed:
        """Whether row `b` refers to a parent that is not there; null in any column refers to none."""
        refers = sql.SQL(" and ").join(
            sql.SQL("{} is not null").format(sql.Identifier("b", column)) for column in parent.columns
        )
        return sql.SQL("{} and not exists (select from {} as p where {})").format(
            refers, parent.table, self._found(parent)
        )

    def _found(self, parent: live.Parent) -> sql.Composed:
        return sql.SQL(" and ").join(
            sql.SQL("{} = {}").format(sql.Identifier("p", theirs), self._cast(mine, alias="b"))
            for mine, theirs in zip(parent.columns, parent.referenced, strict=True)
        )

    def _cast(self, name: str, *, alias: str, named: bool = False) -> sql.Composed:
        """A column of the attic as the live table has it; by text where the types are not the same."""
        mine, other = self.source.column(name), self._target.column(name)
        value: sql.Composable = sql.Identifier(alias, name)
        if mine and other and mine.type != other.type:
            # The type's text is the server's own format_type.
            value = sql.SQL("{}::pg_catalog.text::{}").format(value, sql.SQL(other.type))
        suffix = sql.SQL(" as {}").format(sql.Identifier(name)) if named else sql.SQL("")
        return sql.SQL("{}{}").format(value, suffix)


class _Walk:
    """Leads the batches through a capture, from the mark to the end."""

    def __init__(
        self,
        batches: _Batches,
        tally: _Tally,
        captured: int,
        batch: int,
        pause: float,
        clock: Clock,
        progress: Progress,
    ) -> None:
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
                merge=self._tally.as_progress(captured=self._captured, over=True),
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
        counted = _Tally()

        def note(merged: int, present: int) -> Mapping[str, Any]:
            counted.merged, counted.present = merged, present
            total = _Tally(self._tally.merged + merged, self._tally.present + present)
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
