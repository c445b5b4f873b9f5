"""The connections to PostgreSQL that users and sessions are read and written over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import psycopg
from psycopg import errors
from psycopg.conninfo import make_conninfo
from psycopg.rows import DictRow, dict_row

from haulback.gateway.accounts.refused import Refused, invalid

ROLE = "supabase_auth_admin"
_AT_ONCE = 2
_PATIENCE = 10  # seconds until a connection is made, or a statement is given up

Connection = psycopg.AsyncConnection[DictRow]


class Database:
    """A few connections, made when first needed and kept.

    Args:
        parameters: libpq keywords of the login.
    """

    def __init__(self, parameters: Mapping[str, str]) -> None:
        self._address = make_conninfo(
            "",
            **{
                **parameters,
                "connect_timeout": str(_PATIENCE),
                "application_name": "haulback-auth",
                "options": f"-c statement_timeout={_PATIENCE}s -c timezone=UTC",
            },
        )
        self._turn = asyncio.Semaphore(_AT_ONCE)
        self._idle: list[Connection] = []

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection in a transaction of its own, which commits where nothing is raised.

        Raises:
            Refused: the database is not there, or it refuses what it is given.
        """
        try:
            async with self._turn, self._borrowed() as connection, connection.transaction():
                yield connection
        except (psycopg.OperationalError, psycopg.InterfaceError) as gone:
            raise Refused(503, "unexpected_failure", "the database cannot be reached", retry_after=1) from gone
        except (errors.UndefinedTable, errors.InvalidSchemaName, errors.UndefinedColumn) as missing:
            raise Refused(503, "unexpected_failure", "the database has no tables of Supabase Auth") from missing
        except psycopg.DataError as wrong:
            raise invalid("a value cannot be stored") from wrong

    @asynccontextmanager
    async def _borrowed(self) -> AsyncIterator[Connection]:
        connection = await self._kept() or await self._connected()
        try:
            yield connection
        finally:
            if connection.closed or connection.broken:
                await connection.close()
            else:
                self._idle.append(connection)

    async def _kept(self) -> Connection | None:
        """One that is idle and still there: the server may have been restarted since."""
        while self._idle:
            connection = self._idle.pop()
            try:
                await connection.execute("SELECT 1")
            except psycopg.OperationalError:
                await connection.close()
            else:
                return connection
        return None

    async def _connected(self) -> Connection:
        return await psycopg.AsyncConnection.connect(self._address, autocommit=True, row_factory=dict_row)

    async def close(self) -> None:
        """Ends those that nobody uses."""
        while self._idle:
            await self._idle.pop().close()
