"""Keeps the schema cache true: reads it at the start, when told by NOTIFY, and when the server was away."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import psycopg
from psycopg.conninfo import make_conninfo

from haulback.gateway.rest.planned import Options
from haulback.gateway.schema import configuration
from haulback.gateway.schema.model import SchemaCache
from haulback.gateway.schema.reading import read

CHANNEL = "pgrst"  # the one that PostgREST listens on, so that what tells it tells us
_PAYLOADS = frozenset({"", "reload schema", "reload config"})
_AGAIN_AFTER = 0.5
_BEAT = 15.0  # seconds after which a silent connection is asked whether it still is one

# Reads more of the exposed schemas in the watch's thread; what it returns makes that hold, in the loop.
Reading = Callable[[psycopg.Connection, Sequence[str]], Callable[[], None]]


class Watch:
    """Reads the schema, hands it on, and reads it again whenever it may have changed.

    Args:
        parameters: libpq keywords of the login.
        schemas: exposed, the default first, where the database does not say.
        options: of the dialect, where the database does not say.
        use: takes each new reading, with the options that hold.
        tell: takes a line for the log.
        also: what else is read whenever the schema is; all of it holds from the same moment.
    """

    def __init__(
        self,
        parameters: Mapping[str, str],
        schemas: tuple[str, ...],
        options: Options,
        use: Callable[[SchemaCache, Options], None],
        tell: Callable[[str], None],
        also: Sequence[Reading] = (),
    ) -> None:
        self._conninfo = make_conninfo("application_name='haulback serve: schema'", **parameters)
        self._schemas = schemas
        self._options = options
        self._use = use
        self._tell = tell
        self._also = also
        self._task: asyncio.Task[None] | None = None
        self._heeded: Mapping[str, str] = {}
        self._wrong: tuple[str, ...] = ()
        self._trouble = ""

    async def begin(self) -> None:
        """Reads the schema for the first time, and watches from then on.

        Raises:
            psycopg.Error: it cannot be read.
        """
        ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._watch(ready))
        await ready

    async def end(self) -> None:
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _watch(self, ready: asyncio.Future[None]) -> None:
        while True:
            try:
                await self._listen(ready)
            except Exception as trouble:  # noqa: BLE001 - a reading that fails must not be the last one
                if not ready.done():
                    ready.set_exception(trouble)
                    return
                told = f"schema: {str(trouble) or type(trouble).__name__}"
                if told != self._trouble:  # it is tried again twice a second
                    self._tell(told)
                self._trouble = told
                await asyncio.sleep(_AGAIN_AFTER)

    async def _listen(self, ready: asyncio.Future[None]) -> None:
        async with await psycopg.AsyncConnection.connect(self._conninfo, autocommit=True) as connection:
            # Listening before reading: what changes in between is told.
            await connection.execute(f"LISTEN {CHANNEL}")
            await self._reread()
            if not ready.done():
                ready.set_result(None)
            while True:
                told = False
                async for notice in connection.notifies(timeout=_BEAT, stop_after=1):
                    told = notice.payload in _PAYLOADS
                if told:
                    await self._reread()
                else:
                    # The loop may not have told that the server is gone (see Lane.look).
                    async with asyncio.timeout(_BEAT):
                        await connection.execute("SELECT 1")

    async def _reread(self) -> None:
        wrong = self._wrong
        cache, options, others = await asyncio.to_thread(self._read)
        for name in self._wrong:
            if name not in wrong:
                self._tell(f"schema: pgrst.{name} cannot be read as meant: what held before still does")
        self._trouble = ""
        self._use(cache, options)
        for use in others:
            use()

    def _read(self) -> tuple[SchemaCache, Options, list[Callable[[], None]]]:
        with psycopg.connect(self._conninfo, autocommit=True) as connection:
            now = configuration.held(connection, self._schemas, self._options, self._heeded)
            cache = read(connection, now.schemas, now.options.extra_search_path, now.options.hoisted)
            others = [reading(connection, now.schemas) for reading in self._also]
        self._heeded, self._wrong = now.settings, now.wrong
        return cache, now.options, others
