"""Rows as lines of JSON (NDJSON), for service_role: an addition to PostgREST's dialect.

The lines go to PostgreSQL by COPY, as they came, and become rows there by one INSERT: no row is looked at here, and
where one line is not right none is taken. COPY does not go through a pipeline, so it has a connection of its own.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence

import msgspec
import psycopg

from haulback.gateway.answer import Answer, Refusal
from haulback.gateway.auth.identity import Identity
from haulback.gateway.database.lanes import Lanes
from haulback.gateway.database.segment import Step
from haulback.gateway.refusing import refused
from haulback.gateway.rest.query.tree import Query
from haulback.gateway.rest.sql import lines
from haulback.gateway.schema.model import Table

TYPES = frozenset({"application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"})
_ROLE = "service_role"
_AT_ONCE = 2
# Before PostgreSQL 18 this line would end the COPY, and what follows it would be lost without a word.
_END = re.compile(rb"^\\\.\r?$", re.MULTILINE)
_PLACE = re.compile(r"COPY haulback_lines, line (\d+)")
_first_line = msgspec.json.Decoder(dict[str, msgspec.Raw])


class Ingest:
    """Takes lines in, a few bodies at a time."""

    def __init__(self, lanes: Lanes) -> None:
        self._lanes = lanes
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def take(
        self,
        identity: Identity,
        table: Table,
        columns: Sequence[str],
        beginning: Sequence[Step],
        body: bytes,
        *,
        minimal: bool = False,
    ) -> Answer:
        """The answer to a body of lines: 201 with their number in Content-Range, or why none was taken."""
        insert = lines.insert_sql(table, columns)
        try:
            async with self._turns, await self._lanes.own() as connection, connection.transaction():
                cursor = psycopg.AsyncRawCursor(connection)
                for step in (*beginning, Step(None, lines.TABLE.encode())):
                    await cursor.execute(step.sql, [_text(value) for value in step.values] or None)
                async with cursor.copy(lines.COPY.encode()) as copy:
                    await copy.write(body.replace(b"\r\n", b"\n"))  # COPY wants one kind of line end
                await cursor.execute(insert.encode())
                return Answer(201, (("Content-Range", f"*/{cursor.rowcount}"),))
        except psycopg.Error as trouble:
            return _refused(trouble, identity).answer(minimal=minimal)


def columns_of(query: Query, identity: Identity, table: Table, body: bytes) -> tuple[str, ...]:
    """The columns that the lines bring: those that `columns=` names, else those of the first line.

    Raises:
        Refusal: the role may not, a column is not there, or the first line is no object.
    """
    if identity.role != _ROLE:
        status = 403 if identity.authenticated else 401
        raise Refusal(status, "42501", f"lines of JSON are taken from {_ROLE} only")
    if _END.search(body):
        raise Refusal(400, "PGRST102", "Empty or invalid json")
    names = query.columns
    if names is None:
        try:
            names = tuple(sorted(_first_line.decode(body.lstrip().partition(b"\n")[0])))
        except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
            raise Refusal(400, "PGRST102", "Empty or invalid json") from None
    for name in names:
        if name not in table.columns:
            message = f"Could not find the '{name}' column of '{table.name.name}' in the schema cache"
            raise Refusal(400, "PGRST204", message)
    if not names:
        raise Refusal(400, "PGRST102", "Empty or invalid json")
    return tuple(dict.fromkeys(names))


def _text(value: bytes | None) -> str | None:
    return value.decode() if value is not None else None


def _refused(trouble: psycopg.Error, identity: Identity) -> Refusal:
    if trouble.sqlstate is None:
        return Refusal(
            503, "PGRST001", "Database client error. Retrying the connection.", headers=(("Retry-After", "1"),)
        )
    said = trouble.diag
    place = _PLACE.search(said.context or "")
    detail = " ".join(part for part in (said.message_detail, f"In line {place[1]}." if place else None) if part)
    return refused(
        trouble.sqlstate,
        said.message_primary or "",
        detail or None,
        said.message_hint,
        authenticated=identity.authenticated,
    )
