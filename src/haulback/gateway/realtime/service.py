"""Realtime of one worker, put together."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping

from haulback.gateway.auth.tokens import Tokens
from haulback.gateway.database.lanes import Lanes
from haulback.gateway.http.connection import Tended
from haulback.gateway.realtime.bus import Bus
from haulback.gateway.realtime.changes.feed import Feed
from haulback.gateway.realtime.changes.session import Following
from haulback.gateway.realtime.endpoint import Realtime
from haulback.gateway.realtime.together import Together
from haulback.model.realtime import RealtimeSettings


class Service:
    """The endpoint, with what it needs.

    Args:
        settings: its limits.
        parameters: libpq keywords of the login.
        following: of a login that may read the log (REPLICATION); None where the database is not followed.
        lanes: to the database.
        tokens: that tell who asks.
        open_: what the worker sweeps and shuts.
        tell: takes lines for the log.
    """

    def __init__(
        self,
        settings: RealtimeSettings,
        parameters: Mapping[str, str],
        following: Mapping[str, str] | None,
        lanes: Lanes,
        tokens: Tokens,
        open_: set[Tended],
        tell: Callable[[str], None],
    ) -> None:
        worker = secrets.token_hex(8)
        steady = asyncio.get_running_loop().time
        self._together = Together(Bus(parameters, worker, tell), worker, steady, self._missed)
        self.part = Realtime(settings, lanes, tokens, open_, self._together, worker, time.time, tell)
        self._feed = None
        if following is not None:
            self._feed = Feed(Following(following, parameters), self.part.topics, tell)
            self.part.follow(self._feed)

    async def begin(self) -> None:
        """Joins the other workers.

        Raises:
            psycopg.Error: the database cannot be reached.
        """
        await self._together.begin(self.part.topics)
        if self._feed is not None:
            self._feed.begin()

    def look_again(self) -> None:
        """Something of the schema may have changed."""
        if self._feed is not None:
            self._feed.look_again()

    def sweep(self) -> None:
        """Ends what has waited too long; called every now and then."""
        self.part.topics.sweep()
        if self._feed is not None:
            self._feed.sweep()

    async def end(self) -> None:
        """Lets what is under way end, and tells the others."""
        await self.part.close()
        if self._feed is not None:
            await self._feed.end()
        await self._together.end()

    def _missed(self) -> None:
        self.part.missed()
