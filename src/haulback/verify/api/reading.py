"""What each caller reads of a view, and is told by a function: asked of the database, of the API, and of the database.

Nothing is laid for it, and nothing is written: both ask in a transaction that only reads. Rows that come and go
meanwhile must not look like a difference, so what the API gives is held against the database only where that says the
same before and after.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from haulback.pg.queries import queries
from haulback.verify._stage import NoAnswer, attempt, rolled_back
from haulback.verify.api.callers import Caller
from haulback.verify.api.client import Client, Reply, Request
from haulback.verify.api.harm import Trigger, harm
from haulback.verify.api.served import path
from haulback.verify.api.trying import Try, Verdict
from haulback.verify.api.ways import field_of

_SQL = queries("haulback.verify", "api/api.sql")
_REFUSED = "42501"
_UNAUTHORIZED, _UNAVAILABLE = 401, 503
_TRIES = 3
_ASKED = 20  # rows that the API is asked for
_MOST = 1000  # rows that the database is asked for: of more, nothing is compared but that there are some

Rows = frozenset[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Source:
    """A view, or a function that needs no argument.

    Attributes:
        columns: that can be compared; none where only what is refused can.
        is_call: whether it is a function, whose one value is compared where it has a column.
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
        """What the database is asked."""
        of = sql.Identifier(self.schema, self.name)
        if self.is_call:
            return sql.SQL("select {}()").format(of) if self.columns else sql.SQL("select * from {}()").format(of)
        columns = sql.SQL(", ").join(map(sql.Identifier, self.columns)) if self.columns else sql.SQL("1")
        return sql.SQL("select {} from {} limit {}").format(columns, of, sql.Literal(_MOST + 1))


@dataclass(frozen=True, slots=True)
class Said:
    """What the database said to a caller; `rows` are None where it raised an error."""

    rows: Rows | None
    refused: bool = False


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
        volatile = frozenset(each for (each,) in connection.execute(_SQL["volatile"]))
    if len(rows) != 1:
        return None
    safe, comparable, language, source = rows[0]
    # A function may say of itself that it only reads, and send something all the same.
    if not safe or harm([Trigger(name, language, source)], volatile):
        return None
    return Source(schema, name, (name,) if comparable else (), is_call=True)


def tried(connection: psycopg.Connection, client: Client, source: Source, caller: Caller) -> Try:
    """Reads or calls it as one caller."""
    where = f"{caller.name} {'calls' if source.is_call else 'reads'} {source.shown}"
    if not caller.welcome:
        return _turned_away(where, client.send(source.request(), caller.token))
    try:
        for _ in range(_TRIES):
            before = _said(connection, source, caller)
            reply = client.send(source.request(), caller.token)
            found = _compared(where, source, before, reply)
            if found.verdict is Verdict.RIGHT or _said(connection, source, caller) == before:
                return found
    except NoAnswer as reason:
        return Try(Verdict.UNTOLD, f"{where}: {reason}")
    return Try(Verdict.RIGHT)  # the database does not say the same twice


def _said(connection: psycopg.Connection, source: Source, caller: Caller) -> Said:
    with rolled_back(connection):
        connection.execute("set transaction read only")
        connection.execute("select pg_catalog.set_config('search_path', %s, true)", (_search_path(source.schema),))
        found = attempt(connection, caller.role, caller.user, source.statement())
    if found.state is not None:
        return Said(None, refused=found.state == _REFUSED)
    return Said(frozenset(tuple(map(_plain, row)) if source.columns else () for row in found.rows))


def _compared(where: str, source: Source, said: Said, reply: Reply) -> Try:
    if reply.status == _UNAVAILABLE:
        return Try(Verdict.UNTOLD, f"{where}: {reply.told}")
    if said.rows is None:
        return _of_refused(where, said, reply)
    if not reply.accepted:
        return Try(Verdict.BROKEN, f"{where}: the database allows it and the API answers {reply.told}")
    return _of_rows(where, source, said.rows, _given(source, reply.document))


def _of_refused(where: str, said: Said, reply: Reply) -> Try:
    if not reply.accepted:
        return Try(Verdict.RIGHT)
    if said.refused:
        return Try(Verdict.BREACH, f"{where}: the API lets through what the database refuses")
    return Try(Verdict.UNTOLD, f"{where}: the API answers and the database does not")


def _of_rows(where: str, source: Source, rows: Rows, given: Rows) -> Try:
    if source.columns and len(rows) <= _MOST and given - rows:
        return Try(Verdict.BREACH, f"{where}: the API gives what the database does not")
    if rows and not given and not source.is_call:
        return Try(Verdict.BROKEN, f"{where}: the database gives rows and the API none")
    return Try(Verdict.RIGHT)


def _given(source: Source, document: Any) -> Rows:
    if source.is_call:
        return frozenset({(document,)}) if source.columns else frozenset()
    rows: Sequence[Any] = document if isinstance(document, list) else ()
    return frozenset(
        tuple(row.get(name) for name in source.columns) if source.columns else ()
        for row in rows
        if isinstance(row, dict)
    )


def _turned_away(where: str, reply: Reply) -> Try:
    if reply.accepted:
        return Try(Verdict.BREACH, f"{where}: accepted with {reply.status}")
    if reply.status == _UNAUTHORIZED:
        return Try(Verdict.RIGHT)
    return Try(Verdict.UNTOLD, f"{where}: answered {reply.told} rather than 401")


def _search_path(schema: str) -> str:
    """As requests have it, unless somebody set it otherwise."""
    return ", ".join(sql.Identifier(name).as_string() for name in dict.fromkeys((schema, "public", "extensions")))


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value
