"""The notes of one table as the statements need them: its columns on both sides, its key, the table in use."""

from __future__ import annotations

from dataclasses import dataclass

import psycopg
from psycopg import sql

from haulback.capture import live
from haulback.capture.naming import SCHEMA
from haulback.model.capture import Capture


@dataclass(frozen=True, slots=True)
class Value:
    """A column outside the key.

    Attributes:
        name, new: its columns in the notes, before and after.
        comparable: whether its type has an equality of its own; else its text is compared.
        as_text: whether the notes hold it as text.
        type: in the table in use; empty where it has no such column, or computes it.
    """

    name: str
    new: str
    comparable: bool
    as_text: bool
    type: str = ""

    def differs(self, alias: str) -> sql.Composed:
        """Whether the change noted in row `alias` changed this column."""
        old, new = sql.Identifier(alias, self.name), sql.Identifier(alias, self.new)
        return sql.SQL("not ({})").format(same(old, new, comparable=self.comparable or self.as_text))

    def before(self, alias: str) -> sql.Composed:
        """The value before, in the type of the table in use."""
        return self._cast(sql.Identifier(alias, self.name))

    def is_before(self, table: str, alias: str) -> sql.Composed:
        """Whether the table's row has the value before."""
        return self._same(table, alias, self.name)

    def is_after(self, table: str, alias: str) -> sql.Composed:
        """Whether the table's row has the value that the migration left."""
        return self._same(table, alias, self.new)

    def _same(self, table: str, alias: str, name: str) -> sql.Composed:
        mine: sql.Composable = sql.Identifier(table, self.name)
        if self.as_text:
            return same(sql.SQL("{}::pg_catalog.text").format(mine), sql.Identifier(alias, name), comparable=True)
        return same(mine, sql.Identifier(alias, name), comparable=self.comparable)

    def _cast(self, value: sql.Composable) -> sql.Composed:
        if not self.as_text:
            return sql.SQL("{}").format(value)
        return sql.SQL("{}::{}").format(value, sql.SQL(self.type))


@dataclass(frozen=True, slots=True)
class Notes:
    """The notes of one table.

    Attributes:
        key: columns that tell rows apart; empty where the table has none.
        key_casts: types of key columns that are kept as text.
        values: the other columns.
        target: the table in use; None where it is not there.
        kept: the notes as a table.
    """

    capture: Capture
    kept: live.Table
    target: live.Table | None
    key: tuple[str, ...]
    key_casts: dict[str, str]
    values: tuple[Value, ...]

    @staticmethod
    def of(connection: psycopg.Connection, capture: Capture) -> Notes | None:
        """None where somebody dropped the notes."""
        kept = live.kept(connection, capture)
        if kept is None:
            return None
        target = live.find(connection, capture.identity)
        detail = capture.detail
        texts, incomparable = set(detail["text"]), set(detail["incomparable"])
        types = {one.name: one.type for one in target.columns if not one.generated} if target else {}
        return Notes(
            capture,
            kept,
            target,
            capture.key,
            {one: types.get(one, "") for one in capture.key if one in texts},
            tuple(
                Value(name, new, name not in incomparable, name in texts, types.get(name, ""))
                for name, new in detail["new"].items()
            ),
        )

    @property
    def log(self) -> sql.Identifier:
        return sql.Identifier(SCHEMA, self.capture.attic_table)

    def is_row(self, table: str, alias: str) -> sql.Composed:
        """Whether the table's row is the one that the note is of."""
        return sql.SQL(" and ").join(
            sql.SQL("{} = {}{}").format(
                sql.Identifier(table, one),
                sql.Identifier(alias, one),
                sql.SQL(f"::{cast}") if (cast := self.key_casts.get(one)) else sql.SQL(""),
            )
            for one in self.key
        )


def same(one: sql.Composable, other: sql.Composable, *, comparable: bool) -> sql.Composed:
    """Whether two values are the same; nulls are."""
    if comparable:
        return sql.SQL("{} is not distinct from {}").format(one, other)
    return sql.SQL("{}::pg_catalog.text is not distinct from {}::pg_catalog.text").format(one, other)
