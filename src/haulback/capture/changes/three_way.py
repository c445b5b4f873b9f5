"""One batch of noted rows against the table in use: before, after the migration, and now.

What still has the value that the migration left gets the one from before. What a user wrote since stays, column by
column, and is listed in the attic. Rows are judged and written in one statement: whoever writes one of them at the
same time is waited for, and the row judged again as it is then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql

from haulback.capture import live, registry
from haulback.capture.changes.notes import Notes, Value
from haulback.model.capture import CaptureKind, Keeps
from haulback.pg.queries import bound, queries

_SQL = queries("haulback.capture", "sql/three_way.sql")
_REFUSED = (psycopg.IntegrityError, psycopg.DataError)
AT_PLACES = sql.SQL("o.ctid = any (%(places)s::tid[])")
_AGAIN = 3  # where users wrote some of the rows in the very moment
UPDATED, INSERTED = "updated rows", "inserted rows"
_EVENTS = {UPDATED: "u", INSERTED: "i"}


@dataclass(frozen=True, slots=True)
class Counted:
    """Rows of one batch.

    Attributes:
        done: restored, or taken out.
        touched: with something that a user wrote since, which stays.
        gone: deleted since.
        left: that could not be done yet; the attic lists why.
    """

    done: int = 0
    touched: int = 0
    gone: int = 0
    left: int = 0

    def __add__(self, other: Counted) -> Counted:
        return Counted(
            self.done + other.done, self.touched + other.touched, self.gone + other.gone, self.left + other.left
        )


@dataclass(frozen=True, slots=True)
class _Referring:
    schema: str
    name: str
    columns: tuple[str, ...]
    referenced: tuple[str, ...]


class ThreeWay:
    """The statements of one table; keeps no state."""

    def __init__(self, connection: psycopg.Connection, notes: Notes) -> None:
        assert notes.target is not None  # noqa: S101 - the caller looked
        self._connection, self._notes, self._table = connection, notes, notes.target
        self._values = tuple(one for one in notes.values if one.type)
        rows = connection.execute(_SQL["referring"], {"oid": notes.target.oid}).fetchall()
        self._referring = tuple(_Referring(s, n, tuple(mine), tuple(theirs)) for s, n, mine, theirs in rows)
        self._returned = _returned(connection, notes)
        self._added = live.added_values(connection, notes.target)
        # Where others refer to more than the key, their foreign keys must act when it comes back.
        self._allow_replica = all(set(one.referenced) <= set(notes.key) for one in self._referring)

    def run(self, part: str, where: sql.Composable, parameters: Mapping[str, Any]) -> Counted:
        """Does the noted rows that `where` names: all at once, or row by row where the table refuses one of them.

        Args:
            part: UPDATED or INSERTED.
            where: over a row `o` of the notes.
            parameters: of `where`.
        """
        given = {**parameters, "capture": self._notes.capture.id, "part": part, "event": _EVENTS[part]}
        try:
            with self._connection.transaction():
                return self._at_once(part, where, given)
        except _REFUSED:
            query = sql.SQL(_SQL["places"]).format(log=self._notes.log, where=where)
            places = self._connection.execute(bound(query, given)).fetchall()
        total = Counted()
        for (place,) in places:
            one = {**given, "places": [place], "place": place}
            try:
                with self._connection.transaction():
                    total += self._at_once(part, AT_PLACES, one)
            except _REFUSED as error:
                reason = error.diag.message_primary or type(error).__name__
                self._connection.execute(_SQL["leave"], {**one, "reason": reason})
                total += Counted(left=1)
        return total

    def _at_once(self, part: str, where: sql.Composable, parameters: Mapping[str, Any]) -> Counted:
        # Each row of the table is found by its key, however large the table is.
        self._connection.execute("set local enable_seqscan = off; set local enable_mergejoin = off")
        texts = self._inserted(where) if part == INSERTED else self._updated(where)
        total = Counted()
        with live.silent(self._connection, self._table, allow_replica=self._allow_replica):
            for query in texts[:-1]:
                self._connection.execute(bound(query, parameters))
            for _ in range(_AGAIN):
                row = self._connection.execute(bound(texts[-1], parameters)).fetchone()
                assert row is not None  # noqa: S101 - aggregates have one row
                done, touched, gone, left, wanted = row
                total = Counted(total.done + done, touched, gone, left)
                if done == wanted:
                    break
        return total

    def _inserted(self, where: sql.Composable) -> list[sql.Composed]:
        parts: dict[str, sql.Composable] = {
            "log": self._notes.log,
            "table": self._table.identifier,
            "where": where,
            "t_is_o": self._notes.is_row("t", "o"),
            "untouched": _all([self._is_untouched(one) for one in self._values]),
            "referred": _any([self._refers(one) for one in self._referring]),
        }
        return [sql.SQL(_SQL[query]).format(**parts) for query in ("hold_inserted", "take_out")]

    def _is_untouched(self, one: Value) -> sql.Composed:
        """Whether row `t`, which the migration inserted, has what it put there.

        A column that it dropped afterwards is back, with null or a default in this row: then what the copy of that
        column holds tells, if it holds the row at all.
        """
        after = one.is_after("t", "o")
        copies = [kept for name, kept in self._returned if name == one.name]
        if not copies:
            return after
        now = sql.Identifier("t", one.name)
        new = sql.SQL("{}::pg_catalog.text").format(sql.Identifier("o", one.new))
        others = [
            sql.SQL("not exists (select from {} as c where {} and {}::pg_catalog.text is distinct from {})").format(
                kept.identifier, self._is_same(kept), sql.Identifier("c", one.name), new
            )
            for kept in copies
        ]
        added = sql.SQL("({} is null or {}::pg_catalog.text = {}::pg_catalog.text)").format(
            now, now, sql.Literal(self._added.get(one.name))
        )
        return sql.SQL("({} or {})").format(after, _all([added, *others]))

    def _is_same(self, kept: live.Table) -> sql.Composed:
        """Whether row `c` of a copy is the row that note `o` is of; one of them may hold the key as text."""
        mine, theirs = ({one.name: one.type for one in table.columns} for table in (self._notes.kept, kept))
        return sql.SQL(" and ").join(
            sql.SQL("{}{cast} = {}{cast}").format(
                sql.Identifier("c", one),
                sql.Identifier("o", one),
                cast=sql.SQL("" if mine[one] == theirs.get(one) else "::pg_catalog.text"),
            )
            for one in self._notes.key
        )

    def _refers(self, one: _Referring) -> sql.Composed:
        on = sql.SQL(" and ").join(
            sql.SQL("{} = {}").format(sql.Identifier("c", mine), sql.Identifier("t", theirs))
            for mine, theirs in zip(one.columns, one.referenced, strict=True)
        )
        return sql.SQL("exists (select from {} as c where {})").format(sql.Identifier(one.schema, one.name), on)

    def _updated(self, where: sql.Composable) -> list[sql.Composed]:
        if not self._values:
            return [sql.SQL("select 0, 0, 0, 0, 0").format()]
        parts: dict[str, sql.Composable] = {
            "log": self._notes.log,
            "table": self._table.identifier,
            "where": where,
            "t_is_o": self._notes.is_row("t", "o"),
            "assignments": sql.SQL(", ").join(
                sql.SQL("{} = {}").format(sql.Identifier(one.name), self._result(one)) for one in self._values
            ),
            "restorable": _any([self._is_free(one) for one in self._values]),
            "touched": _any(
                [
                    sql.SQL("({} and not ({}) and not ({}))").format(
                        one.differs("o"), one.is_before("t", "o"), one.is_after("t", "o")
                    )
                    for one in self._values
                ]
            ),
            "orphaned": self._orphaned(),
        }
        held = [sql.SQL(_SQL["hold_parents"]).format(**parts, **one) for one in self._parents()]
        return [*held, sql.SQL(_SQL["restore"]).format(**parts)]

    def _is_free(self, one: Value) -> sql.Composed:
        return sql.SQL("({} and {})").format(one.differs("o"), one.is_after("t", "o"))

    def _result(self, one: Value) -> sql.Composed:
        return sql.SQL("case when {} then {} else {} end").format(
            self._is_free(one), one.before("o"), sql.Identifier("t", one.name)
        )

    def _restored_keys(self) -> list[live.Parent]:
        """Foreign keys with a column that may come back; replica mode would not check them."""
        names = {one.name for one in self._values}
        return [parent for parent in self._table.parents if names & set(parent.columns)]

    def _parents(self) -> list[dict[str, sql.Composable]]:
        known = {one.name: one for one in self._values}
        return [
            {
                "parent": parent.table,
                "p_is_o": sql.SQL(" and ").join(
                    sql.SQL("{} = {}").format(
                        sql.Identifier("p", theirs),
                        known[mine].before("o") if mine in known else sql.Identifier("o", mine),
                    )
                    for mine, theirs in zip(parent.columns, parent.referenced, strict=True)
                ),
            }
            for parent in self._restored_keys()
        ]

    def _orphaned(self) -> sql.Composed:
        """What row `t` with its values back would not find: text, or null."""
        known = {one.name: one for one in self._values}
        cases = []
        for parent in self._restored_keys():
            result = {
                mine: self._result(known[mine]) if mine in known else sql.SQL("{}").format(sql.Identifier("t", mine))
                for mine in parent.columns
            }
            there = sql.SQL(" and ").join(
                sql.SQL("{} = {}").format(sql.Identifier("p", theirs), result[mine])
                for mine, theirs in zip(parent.columns, parent.referenced, strict=True)
            )
            refers = sql.SQL(" and ").join(sql.SQL("{} is not null").format(value) for value in result.values())
            cases.append(
                sql.SQL("when {} and not exists (select from {} as p where {}) then {}").format(
                    refers, parent.table, there, sql.Literal(f"no row in {parent.label}")
                )
            )
        if not cases:
            return sql.SQL("null::pg_catalog.text").format()
        return sql.SQL("case {} end").format(sql.SQL(" ").join(cases))


def _returned(connection: psycopg.Connection, notes: Notes) -> list[tuple[str, live.Table]]:
    """Columns that were dropped from the table and are back, each with a copy of what was in them."""
    found = []
    for capture in registry.captures(connection, notes.capture.deployment):
        parts = capture.kind is CaptureKind.COPIED_COLUMNS and capture.keeps is Keeps.BEFORE
        same = capture.identity == notes.capture.identity and capture.key == notes.key
        if parts and same and (kept := live.kept(connection, capture)) is not None:
            found += [(name, kept) for name in capture.given_back]
    return found


def _all(parts: list[sql.Composed]) -> sql.Composable:
    return sql.SQL("({})").format(sql.SQL(" and ").join(parts)) if parts else sql.SQL("true")


def _any(parts: list[sql.Composed]) -> sql.Composable:
    return sql.SQL("({})").format(sql.SQL(" or ").join(parts)) if parts else sql.SQL("false")
