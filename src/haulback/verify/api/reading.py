"""Views and functions that can be read and called to try them, and how the API and the database are asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from psycopg import sql

from haulback.pg.queries import queries
from haulback.verify._stage import rolled_back
from haulback.verify.api.client import Request
from haulback.verify.api.harm import Trigger, called, harm
from haulback.verify.api.served import path
from haulback.verify.api.ways import field_of

_SQL = queries("haulback.verify", "api/api.sql")
_ASKED = 20  # rows that the API is asked for
MOST = 1000  # rows that the database is asked for: of more, nothing is compared but that there are some
LONGEST = 1000
_WRITTEN = 200  # functions whose texts are read to find out what one calls


@dataclass(frozen=True, slots=True)
class Source:
    """A view, or a function that needs no argument.

    Attributes:
        columns: that can be compared; none where only what is refused can.
        is_call: whether it is a function, whose one value is compared where it has a column.

    Of a value `LONGEST` characters are compared.
    """

    schema: str
    name: str
    columns: tuple[str, ...] = ()
    is_call: bool = False

    @property
    def shown(self) -> str:
        return f"{self.schema}.{self.name}{'()' if self.is_call else ''}"

    def request(self) -> Request:
        """What the API is asked."""
        if self.is_call:
            return Request("GET", f"rpc/{path(self.name)}", schema=self.schema)
        query = {"limit": str(_ASKED)}
        if self.columns:
            query["select"] = ",".join(map(field_of, self.columns))
        return Request("GET", path(self.name), query, schema=self.schema)

    def statement(self) -> sql.Composed:
        """What the database is asked: of each value the first characters, as text."""
        of = sql.Identifier(self.schema, self.name)
        if self.is_call:
            if self.columns:
                return sql.SQL("select {}").format(_text(sql.SQL("{}()").format(of)))
            return sql.SQL("select 1 from {}() limit 1").format(of)
        columns = sql.SQL(", ").join(_text(sql.Identifier(name)) for name in self.columns)
        wanted = columns if self.columns else sql.SQL("1")
        return sql.SQL("select {} from {} limit {}").format(wanted, of, sql.Literal(MOST + 1))


def _text(value: sql.Composable) -> sql.Composed:
    return sql.SQL('pg_catalog."left"({}::pg_catalog.text, {})').format(value, sql.Literal(LONGEST))


def views_over(connection: psycopg.Connection, relations: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Schema and name of the views among these relations, and of those that read one of them."""
    asked = {"schemas": [schema for schema, _ in relations], "names": [name for _, name in relations]}
    with rolled_back(connection):
        return [(schema, name) for schema, name in connection.execute(_SQL["views"], asked)]


def source_of_view(connection: psycopg.Connection, schema: str, name: str) -> Source | None:
    """A view as it is; None where there is none of that name."""
    with rolled_back(connection):
        row = connection.execute(_SQL["view"], {"schema": schema, "name": name}).fetchone()
    return Source(schema, name, tuple(row[0] or ())) if row else None


def is_there(connection: psycopg.Connection, schema: str, name: str) -> bool:
    """Whether there is a function of that name that an API can call."""
    with rolled_back(connection):
        row = connection.execute(_SQL["callable"], {"schema": schema, "name": name}).fetchone()
    return bool(row and row[0])


def source_of_call(connection: psycopg.Connection, schema: str, name: str) -> Source | None:
    """A function that may be called to try it; None where it wants arguments, or may do more than compute and read."""
    with rolled_back(connection):
        rows = connection.execute(_SQL["calls"], {"schema": schema, "name": name}).fetchall()
        if len(rows) != 1:
            return None
        safe, comparable, language, source = rows[0]
        if not safe or _acts(connection, Trigger(name, language, source)):
            return None
    return Source(schema, name, (name,) if comparable else (), is_call=True)


def _acts(connection: psycopg.Connection, first: Trigger) -> bool:
    """Whether it, or what it calls, may do more: one that says that it only reads may send something all the same.

    Args:
        connection: with an open transaction.
        first: the function.
    """
    acting = frozenset(each for (each,) in connection.execute(_SQL["acting"]))
    waiting, asked, known = [first], set[str](), set[str]()
    while waiting:
        one = waiting.pop()
        if harm([one], acting) or len(known) > _WRITTEN:
            return True
        names = called(one.source) - asked
        asked |= names
        for oid, language, text in connection.execute(_SQL["called"], {"names": sorted(names)}):
            if oid not in known:
                known.add(oid)
                waiting.append(Trigger(oid, language, text))
    return False
