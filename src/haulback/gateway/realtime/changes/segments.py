"""Segments of statements over one connection, which is made anew where it is gone: only for what changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import psycopg

from haulback.gateway.database.lane import Lane
from haulback.gateway.database.segment import Outcome, Step


class Lost(Exception):
    """The connection is gone; str() says why."""


class Segments:
    """Runs segments.

    Args:
        connect: makes a connection.
    """

    def __init__(self, connect: Callable[[], Awaitable[Lane]]) -> None:
        self._connect = connect
        self._lane: Lane | None = None

    def look(self) -> None:
        """Reads what has come; called every now and then (see `Lane.look`)."""
        if self._lane is not None:
            self._lane.look()

    async def open(self) -> None:
        """Makes the connection.

        Raises:
            psycopg.OperationalError: the server cannot be reached.
        """
        self._lane = await self._connect()

    async def close(self) -> None:
        if self._lane is not None:
            await self._lane.close()

    async def run(self, steps: Sequence[Step]) -> Outcome:
        """Runs a segment; once more over a new connection where the old one is gone.

        Raises:
            Lost: there is no connection.
        """
        outcome = await self._run(steps)
        if outcome.lost is not None:
            try:
                await self.open()
            except psycopg.Error as gone:
                raise Lost(outcome.lost) from gone
            outcome = await self._run(steps)
        if outcome.lost is not None:
            raise Lost(outcome.lost)
        return outcome

    async def _run(self, steps: Sequence[Step]) -> Outcome:
        if self._lane is None:
            return Outcome(lost="no connection")
        ended: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

        def done(outcome: Outcome) -> None:
            if not ended.done():
                ended.set_result(outcome)

        self._lane.run(steps, done)
        return await ended
