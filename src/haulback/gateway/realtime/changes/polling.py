"""The log read by asking again and again: for where it cannot be streamed, as through a pooler.

Costs up to a tenth of a second a change, and the server decodes for every question. Reading a slot by SQL needs
REPLICATION as streaming does.
"""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Sequence

import psycopg
from psycopg import sql

from haulback.gateway.realtime.changes.stream import Ended
from haulback.pg.queries import queries

_SQL = queries("haulback.gateway.realtime.changes", "polling.sql")
_EVERY = 0.1
_ADVANCE_EVERY = 5.0  # seconds after which a slot that nothing came from is moved on, so that it holds back no log
_AT_ONCE = 1000  # changes, and what more their last transaction has


class Polled:
    """A temporary slot that is asked; has what a Stream has.

    Args:
        connection: autocommit, of a login with REPLICATION; closed with this.
        slot: its name.
        publications: that are read.
    """

    resumed = False

    def __init__(self, connection: psycopg.AsyncConnection, slot: str, publications: Sequence[str]) -> None:
        self._connection = connection
        self._publications = ",".join(sql.Identifier(one).as_string() for one in publications)
        self._loop = asyncio.get_running_loop()
        self._handed_out = self._told = 0
        self._advanced_at = self._loop.time()
        self.slot = slot

    async def taken(self, wait: float) -> list[tuple[int, bytes]]:
        """As of a Stream."""
        until = self._loop.time() + wait
        try:
            if self._handed_out > self._told:
                await self._advance(self._handed_out)
            while True:
                came = await self._peek()
                if came or self._loop.time() >= until:
                    return came
                await asyncio.sleep(_EVERY)
        except psycopg.Error as broken:
            raise Ended(str(broken).strip(), broken.sqlstate) from broken

    def handed_out(self, lsn: int) -> None:
        """As of a Stream."""
        self._handed_out = max(self._handed_out, lsn)

    async def close(self) -> None:
        await self._connection.close()

    async def _peek(self) -> list[tuple[int, bytes]]:
        asked = {"slot": self.slot, "most": _AT_ONCE, "publications": self._publications}
        cursor = self._connection.cursor(binary=True)
        end = await (await cursor.execute(_SQL["end"])).fetchone()
        await cursor.execute(_SQL["peek"], asked)
        came: list[tuple[int, bytes]] = await cursor.fetchall()
        if not came and end is not None and self._loop.time() - self._advanced_at > _ADVANCE_EVERY:
            await self._advance(end[0])
        return came

    async def _advance(self, lsn: int) -> None:
        self._told, self._advanced_at = lsn, self._loop.time()
        await self._connection.execute(
            _SQL["advance"], {"slot": self.slot, "lsn": f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"}
        )


async def opened(connection: psycopg.AsyncConnection, publications: Sequence[str]) -> Polled:
    """Makes a slot and reads from it from now on.

    Raises:
        psycopg.Error: the server refuses; the connection is closed then.
    """
    name = f"haulback_realtime_{os.getpid()}_{secrets.token_hex(4)}"
    try:
        await connection.execute(_SQL["make"], {"slot": name})
    except BaseException:
        await connection.close()
        raise
    return Polled(connection, name, publications)
