"""What is known of a table that is followed, and what a role may see of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, LiteralString, TypeVar

import psycopg
from psycopg import sql

from haulback.gateway.schema.folding import FOLDING
from haulback.pg.queries import queries

T = TypeVar("T")

_SQL = queries("haulback.gateway.realtime.changes", "catalog.sql")


@dataclass(frozen=True, slots=True)
class Column:
    """A column and its type.

    Attributes:
        name: of the column.
        type_name: short name of the type, as clients are told: `int4`, `_text`.
        type: its oid.
        type_text: its name as messages have it: `integer`.
        sql_type: its name as statements have it: `pg_catalog.int4`, which casts to any length.
        base: oid of the type, or of the one that a domain is of.
        kind: of that type: b base, c composite, e enum, r range, m multirange.
        element: oid of what an array is of; 0 for what is no array.
        element_kind: of that type.
        delimiter: between the elements of an array.
        deterministic: whether texts are equal only if their bytes are.
    """

    name: str
    type_name: str
    type: int
    type_text: str
    sql_type: str
    base: int
    kind: str
    element: int
    element_kind: str
    delimiter: str
    deterministic: bool


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy for SELECT.

    Attributes:
        permissive: whether it lets rows pass, rather than keeps them.
        expression: as PostgreSQL writes it, fully qualified.
        plain: whether it depends on nothing but tables, enums and functions of the schema auth.
        shown: whether its expression names all code of others that it runs.
        settled: whether it leaves nothing behind that another question could meet, if none of `calls` does.
        calls: versions of functions that it calls, itself or by policies of the tables that it reads, by their oids.
        folded: whether one of them is marked IMMUTABLE, so that plans may hold its value.
        reads: versions of the policies of the tables that are read so, by the oids of the tables.
    """

    permissive: bool
    expression: str
    plain: bool = False
    shown: bool = False
    settled: bool = False
    calls: Mapping[str, str] = field(default_factory=dict)
    folded: bool = False
    reads: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        partitioned: whether all its rows are those of its partitions.
        key: columns of the primary key, none where there is no such key.
    """

    oid: int
    schema: str
    name: str
    partitioned: bool
    row_security: bool
    key: tuple[str, ...]
    columns: Mapping[str, Column]


@dataclass(frozen=True, slots=True)
class Role:
    """What a role may see of one table.

    Attributes:
        name: of the role.
        bypasses: whether row security does not apply to it.
        readable: columns that it may select.
        policies: that apply to it.
    """

    name: str
    bypasses: bool
    readable: frozenset[str]
    policies: tuple[Policy, ...]


@dataclass(frozen=True, slots=True)
class ClaimFunction:
    """A function that may depend on nothing but the claims.

    Attributes:
        folded: whether it is marked IMMUTABLE, so that plans may hold its value.
        version: another one after each change of it.
    """

    name: str
    type: str
    body: str
    folded: bool
    oid: str
    version: str


@dataclass(frozen=True, slots=True)
class Published:
    oid: int
    schema: str
    name: str


@dataclass(frozen=True, slots=True)
class Replication:
    """Whether changes can be followed: the server's wal_level, and whether the login may replicate."""

    wal_level: str
    may_replicate: bool


@dataclass(frozen=True, slots=True)
class Replayed:
    """A row of realtime.messages: its payload is JSON, or bytes in `binary`."""

    event: str | None
    payload: str | None
    binary: bytes | None
    id: str


@dataclass(frozen=True, slots=True)
class _TableRow:
    schema: str
    name: str
    partitioned: bool
    row_security: bool
    key: list[str]


@dataclass(frozen=True, slots=True)
class _RoleRow:
    bypasses: bool
    readable: list[str]


def gone(trouble: psycopg.Error) -> bool:
    """Whether a connection is gone, rather than a statement wrong or too slow."""
    lost = isinstance(trouble, (psycopg.OperationalError, psycopg.InterfaceError))
    return lost and not isinstance(trouble, psycopg.errors.QueryCanceled)


class Catalog:
    """Asks the catalogs over a connection of its own, which is made anew where it is gone.

    Args:
        connect: makes one: autocommit, with an empty search_path and a limit to what a statement may take.
    """

    def __init__(self, connect: Callable[[], Awaitable[psycopg.AsyncConnection]]) -> None:
        self._connect = connect
        self._connection: psycopg.AsyncConnection | None = None
        self._connecting = asyncio.Lock()

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close()

    async def publications(self, names: Sequence[str]) -> set[str]:
        """Those of the publications that are there."""
        cursor = await self._execute(_SQL["publications"], {"names": list(names)})
        return {name for (name,) in await cursor.fetchall()}

    async def published(self, publication: str) -> tuple[Published, ...]:
        return tuple(await self._rows(Published, _SQL["published"], {"publication": publication}))

    async def replication(self) -> Replication:
        return (await self._rows(Replication, _SQL["replication"], {}))[0]

    async def behind(self, slot: str) -> int | None:
        """Bytes of the log that a slot did not hand out yet; None where there is no such slot."""
        cursor = await self._execute(_SQL["behind"], {"slot": slot})
        row = await cursor.fetchone()
        return row[0] if row else None

    async def give_up(self, prefix: str, bound: int) -> None:
        """Drops the slots of a row that nobody reads from and that are behind by more than `bound` bytes."""
        await self._execute(_SQL["give_up"], {"prefix": re.escape(prefix), "bound": bound})

    async def table(self, oid: int) -> Table | None:
        """None where there is none any more."""
        found = await self._rows(_TableRow, _SQL["table"], {"table": oid})
        if not found:
            return None
        columns = await self._rows(Column, _SQL["columns"], {"table": oid})
        row = found[0]
        named = {column.name: column for column in columns}
        return Table(oid, row.schema, row.name, row.partitioned, row.row_security, tuple(row.key), named)

    async def role(self, table: int, role: str, login: str) -> Role:
        """A role that is not there, or that the login of the API may not become, may see nothing."""
        asked = {"table": table, "role": role, "login": login}
        found = await self._rows(_RoleRow, _SQL["role"], asked)
        if not found:
            return Role(role, bypasses=False, readable=frozenset(), policies=())
        policies = await self._rows(Policy, _SQL["policies"], asked)
        return Role(role, found[0].bypasses, frozenset(found[0].readable), tuple(policies))

    async def has_operator(self, operator: str, type_: int, *, same: bool) -> bool:
        """Whether there is a boolean operator on a type, on both sides of it if `same`."""
        asked = {"operator": operator, "type": type_, "same": same}
        return bool((await self._one(_SQL["operator"], asked))[0])

    async def cast(self, column: Column, value: str) -> str | None:
        """A value as PostgreSQL writes it.

        Raises:
            psycopg.DataError: it is none of the column's type.
        """
        query = sql.SQL("SELECT {}::{}::text").format(sql.Literal(value), _type(column))
        cast: str | None = (await self._one(query))[0]
        return cast

    async def elements(self, column: Column, value: str) -> tuple[str | None, ...]:
        """The elements of an array of a column's type, as PostgreSQL writes them.

        Raises:
            psycopg.DataError: it is no such array.
        """
        query = sql.SQL("SELECT ARRAY(SELECT pg_catalog.unnest({}::{}[])::text)").format(
            sql.Literal(value), _type(column)
        )
        return tuple((await self._one(query))[0])

    async def match(self, value: str, pattern: str) -> None:
        """Tries a regular expression.

        Raises:
            psycopg.DataError: it is none.
        """
        await self._one("SELECT %(value)s::text ~ %(pattern)s::text", {"value": value, "pattern": pattern})

    async def holding(self, questions: Sequence[sql.Composed]) -> tuple[bool, ...]:
        """Which of some conditions hold, no more of them than a row has room for.

        Raises:
            psycopg.Error: one of them cannot be told, or all take too long together.
        """
        # One message, and so one transaction, whose end takes the limit back.
        both = sql.SQL("{}; SELECT {}").format(sql.SQL(_SQL["hurry"]), sql.SQL(", ").join(questions))
        cursor = await self._execute(both)
        cursor.nextset()
        row: tuple[bool, ...] | None = await cursor.fetchone()
        assert row is not None  # noqa: S101 - asked for expressions, which have one row
        return tuple(row)

    async def converted(self, values: Sequence[tuple[Column, str]]) -> tuple[str | None, ...]:
        """Values as JSON texts.

        Raises:
            psycopg.Error: one of them is none of its type any more.
        """
        calls = sql.SQL(", ").join(
            sql.SQL("pg_catalog.to_jsonb({}::{})::text").format(sql.Literal(value), _type(column))
            for column, value in values
        )
        return tuple(await self._one(sql.SQL("SELECT {}").format(calls)))

    async def claim_functions(self) -> list[ClaimFunction]:
        """Functions in SQL of the schema auth that take nothing."""
        return await self._rows(ClaimFunction, _SQL["claim_functions"], {})

    async def folding(self) -> bool:
        """Whether there is any function that is marked IMMUTABLE and may still differ from one who asks to another.

        Where that cannot be told, as of too many functions in the time that a statement may take, there may be one.
        """
        try:
            return bool((await self._one(FOLDING))[0])
        except psycopg.Error as trouble:
            if gone(trouble):
                raise
            return True

    async def replay(self, topic: str, since: int, limit: int) -> list[Replayed]:
        """Private broadcasts of a topic, the newest first."""
        return await self._rows(Replayed, _SQL["replay"], {"topic": topic, "since": since, "limit": limit})

    async def prune(self, portion: int) -> int:
        """Deletes broadcasts that are older than three days; how many."""
        cursor = await self._execute(_SQL["prune"], {"portion": portion})
        return cursor.rowcount

    async def _one(self, query: LiteralString | sql.Composed, asked: Any = None) -> tuple[Any, ...]:
        cursor = await self._execute(query, asked)
        row: tuple[Any, ...] | None = await cursor.fetchone()
        assert row is not None  # noqa: S101 - asked for expressions, which have one row
        return row

    async def _rows(self, kind: type[T], query: LiteralString, asked: Mapping[str, Any]) -> list[T]:
        cursor = await self._execute(query, asked)
        columns = [column.name for column in cursor.description or ()]
        return [kind(**dict(zip(columns, row, strict=True))) for row in await cursor.fetchall()]

    async def _execute(self, query: LiteralString | sql.Composed, asked: Any = None) -> psycopg.AsyncCursor[Any]:
        """Runs a statement; once more over a new connection where the old one turns out to be gone."""
        connection = await self._connected()
        try:
            return await connection.execute(query, asked)
        except (psycopg.OperationalError, psycopg.InterfaceError):
            if not connection.closed:
                raise
        return await (await self._connected()).execute(query, asked)

    async def _connected(self) -> psycopg.AsyncConnection:
        async with self._connecting:
            if self._connection is None or self._connection.closed:
                self._connection = await self._connect()
            return self._connection


def _type(column: Column) -> sql.SQL:
    return sql.SQL(column.sql_type)  # quoted by PostgreSQL
