"""One batch of rows on its way from the attic into a table that users write to: at once, or row by row with reasons."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from haulback.capture import live, registry
from haulback.model.capture import Capture
from haulback.pg.queries import bound, queries

TOMBSTONES = "public.erased_users"
_SQL = queries("haulback.capture", "sql/merging.sql")
_AT_PLACES = sql.SQL(_SQL["at_places"])
_REFUSED = (psycopg.IntegrityError, psycopg.DataError)


@dataclass(slots=True)
class Tally:
    merged: int = 0
    present: int = 0

    def as_progress(self, **marks: Any) -> dict[str, Any]:
        return {"merged": self.merged, "present": self.present, **marks}


@dataclass(frozen=True, slots=True)
class Only:
    """Which rows of a capture are merged.

    Attributes:
        where: over a row `k` of the attic.
        mark: under which the registry notes how far it is.
    """

    where: sql.Composable
    mark: str


EVERY = Only(sql.SQL("true"), "merge")


class Batches:
    """One short transaction after another that each bring some rows of a capture back."""

    def __init__(
        self,
        connection: psycopg.Connection,
        capture: Capture,
        source: live.Table,
        target: live.Table,
        lock_timeout_ms: int,
        later: frozenset[int],
        only: Only,
    ) -> None:
        self._only = only
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
        where = sql.SQL("{} and {}").format(where, self._only.where)
        with self.connection.transaction():
            live.limit(self.connection, self._lock_timeout_ms)
            before()
            merged, present = self._careful(part, name, where, parameters)
            registry.note(self.connection, self.capture, **{self._only.mark: note(merged, present)})

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
        present = seen - left - merged
        return merged, present - self._unplaced(part, where, given) if present else 0

    def _unplaced(self, part: sql.Identifier, where: sql.Composable, parameters: Mapping[str, Any]) -> int:
        """Leaves behind, with the reason, what counts as present only since another row has a unique value of it."""
        names = {mine.name for mine, _ in self._columns}
        if not self.capture.key or not names.issuperset(self.capture.key):
            return 0
        same = sql.SQL(" and ").join(
            sql.SQL("{} = {}").format(sql.Identifier("t", name), self._cast(name, alias="k"))
            for name in self.capture.key
        )
        # Each row is looked up by its key, however large the table is.
        self.connection.execute("set local enable_seqscan = off; set local enable_mergejoin = off")
        query = sql.SQL(_SQL["unplaced"]).format(part=part, where=where, target=self._target.identifier, t_is_k=same)
        return self.connection.execute(bound(query, parameters)).rowcount

    def _hold_parents(self, part: sql.Identifier, where: sql.Composable, parameters: Mapping[str, Any]) -> None:
        for parent in self._parents:
            rows = sql.SQL("select {} from only {} as k where {}").format(
                sql.SQL(", ").join(self._cast(name, alias="k", named=True) for name in parent.columns), part, where
            )
            held = sql.SQL(_SQL["hold"]).format(parent=parent.table, rows=rows, on=parent.leads_from("r", "p"))
            self.connection.execute(bound(held, parameters))

    def _statement(self, part: sql.Identifier, where: sql.Composable) -> sql.Composed:
        return sql.SQL(_SQL["merge"]).format(judged=self._judged(part, where), **self._into())

    def _judged(self, part: sql.Identifier, where: sql.Composable) -> sql.Composed:
        """Which rows may come back: the first part of every statement that brings some."""
        own = [parent for parent in self._parents if parent.oid == self._target.oid]
        # A chain can be followed along one key; with several to the same table, later passes find their rows.
        chain = own[0] if len(own) == 1 else None
        cases = self._cases([parent for parent in self._parents if parent is not chain])
        reason = sql.SQL("case {} end").format(sql.SQL(" ").join(cases)) if cases else sql.SQL("null::text")
        return sql.SQL(_SQL["judged"]).format(
            part=part,
            where=where,
            reason=reason,
            rooted=sql.SQL("not ({})").format(self._lost(chain)) if chain else sql.SQL("true"),
            chained=chain.leads_from("b", "p") if chain else sql.SQL("false"),
            unrooted=sql.Literal(f"no row in {self._target.schema}.{self._target.name}"),
        )

    def _cases(self, parents: Sequence[live.Parent]) -> list[sql.Composed]:
        """What keeps a row `b` away, with the reason."""
        return [*map(self._erased, self._users), *map(self._orphaned, parents)]

    def _into(self) -> dict[str, sql.Composable]:
        return {
            "target": self._target.identifier,
            "into": sql.SQL(", ").join(sql.Identifier(mine.name) for mine, _ in self._columns),
            "values": sql.SQL(", ").join(self._cast(mine.name, alias="b") for mine, _ in self._columns),
        }

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
