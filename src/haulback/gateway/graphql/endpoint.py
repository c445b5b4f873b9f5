"""`/graphql/v1`: takes a request to its plan, the plan to PostgreSQL, and what comes back to an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

import psycopg

from haulback.gateway.answer import Answer, Refusal
from haulback.gateway.auditing import Audit
from haulback.gateway.auth.bearer import identified, without_key
from haulback.gateway.auth.identity import Identity
from haulback.gateway.auth.tokens import Tokens
from haulback.gateway.database.lanes import Lanes
from haulback.gateway.database.segment import Step
from haulback.gateway.graphql.answering import Answering
from haulback.gateway.graphql.extension import installed
from haulback.gateway.graphql.held import Types
from haulback.gateway.graphql.model import Schema
from haulback.gateway.graphql.plans import Kept, Plans, failing
from haulback.gateway.graphql.requested import Requested, requested
from haulback.gateway.http.request import Request
from haulback.gateway.preferences import preferences
from haulback.gateway.rest.planned import Options
from haulback.gateway.schema.model import SchemaCache
from haulback.gateway.transaction import asked_first, beginning, search_path
from haulback.model.graphql import GraphQLSettings

MOUNT = "/graphql/v1"

Respond = Callable[[Answer], None]

_PATH = b"/rpc/graphql"  # what PostgREST is asked for behind Supabase's gateway


@dataclass(frozen=True, slots=True)
class _Going:
    """A request whose turn has come: who asks for what, what its transaction begins with, and whether it is undone."""

    request: Request
    identity: Identity
    asked: Requested
    begun: tuple[Step, ...]
    respond: Respond
    back: bool = False


class GraphQL:
    """GraphQL of one worker.

    Args:
        lanes: to the database.
        tokens: that tell who asks.
        parameters: libpq keywords of the login, to read the catalogs with.
        failed: told of an error that is ours.
        bounds: of what may be asked for.
    """

    def __init__(
        self,
        lanes: Lanes,
        tokens: Tokens,
        parameters: Mapping[str, str],
        failed: Callable[[BaseException], None],
        bounds: GraphQLSettings,
    ) -> None:
        self._lanes = lanes
        self._tokens = tokens
        self._failed = failed
        self._bounds = bounds
        self._types = Types(parameters)
        self._extension = False
        self._read = False
        self._plans = Plans(self._bounds)
        self._audit = Audit(lanes, asyncio.get_running_loop().time)
        self._cache: SchemaCache | None = None
        self._options = Options()
        self._asked_first: tuple[Step, ...] = ()
        self._search_path = b""
        self._tasks: set[asyncio.Task[None]] = set()

    def use(self, cache: SchemaCache, options: Options) -> None:
        """Takes a new reading of the schema; the types come by `reading`."""
        self._cache = cache
        self._options = options
        self._asked_first = asked_first(options.pre_request)
        schemas = tuple(dict.fromkeys((*cache.schemas, *options.extra_search_path)))
        self._search_path = search_path(schemas[0], schemas[1:])
        self._audit.use(cache)

    def reading(self, connection: psycopg.Connection, schemas: Sequence[str]) -> Callable[[], None]:
        """Reads the types whenever the schema is read; what it returns makes them hold.

        Raises:
            psycopg.Error: the database cannot be asked. Whatever else goes wrong is ours, and keeps nothing but GraphQL
                from being served.
        """
        try:
            use_types, extension = self._types.reading(connection, schemas), installed(connection)
        except psycopg.Error:
            raise
        except Exception as bug:  # noqa: BLE001 - the REST API waits for this reading as well
            self._failed(bug)
            return self._unread

        def use() -> None:
            use_types()
            self._extension, self._read = extension, True
            self._plans.clear()

        return use

    def _unread(self) -> None:
        self._read = False

    def handle(self, request: Request, path: str, respond: Respond) -> None:
        """Answers one request.

        Args:
            request: as it came.
            path: below the mount point, percent-encoded.
            respond: called once.
        """
        try:
            self._handle(request, path, respond)
        except Refusal as refusal:
            respond(refusal.answer())

    def _handle(self, request: Request, path: str, respond: Respond) -> None:
        cache = self._cache
        if cache is None or not self._read:
            raise _not_read()
        if path not in {"", "/"}:
            raise Refusal(404, "PGRST125", "Invalid path specified in request URL")
        if request.method not in {"POST", "GET"}:
            raise Refusal(405, "PGRST101", f"Cannot use the {request.method} method on RPC")
        identity = identified(request.headers, without_key(request.query)[1], self._tokens)
        asked = requested(request, self._bounds)
        heeded = preferences(request.headers.get("prefer"), tx_allowed=self._options.tx_end.endswith("-allow-override"))
        begun = self._begun(request, identity, cache, heeded.timezone)
        back = heeded.tx == "rollback" or (self._options.tx_end.startswith("rollback") and heeded.tx != "commit")
        going = _Going(request, identity, asked, begun, respond, back=back)
        schema = self._types.known(identity.role)
        if schema is None:
            self._start(self._once_seen(going), respond)
        else:
            self._run(going, schema)

    def _begun(
        self, request: Request, identity: Identity, cache: SchemaCache, time_zone: str | None
    ) -> tuple[Step, ...]:
        """The steps before the statements: who asks, and the function that is asked first."""
        begun = beginning(
            identity,
            cache,
            self._options,
            path=self._search_path,
            method=request.method.encode(),
            url=_PATH,
            headers=request.headers,
            read_only=request.method == "GET",
            time_zone=time_zone,
        )
        return (begun, *self._asked_first)

    async def _once_seen(self, going: _Going) -> None:
        """Runs a request of a role that has not asked yet."""
        role = going.identity.role
        try:
            # What was read before a change must not be planned from after it.
            while (schema := self._types.known(role)) is None:
                if await self._types.of(role) is None:
                    break
        except psycopg.Error:
            going.respond(_not_read().answer())
        else:
            self._run(going, schema)

    def _run(self, going: _Going, schema: Schema | None) -> None:
        answering = self._answering(going)
        if schema is None:  # PostgreSQL says what is wrong with the role
            answering.run_nothing(self._lanes)
        elif self._extension:
            answering.resolve(self._lanes, going.asked)
        elif self._types.trouble is not None:
            answering.run(self._lanes, failing(self._types.trouble), {})
        else:
            kept = self._plans.of(going.asked, schema)
            if kept.planned.unseen:
                self._start(self._once_more(going, schema, kept), going.respond)
            else:
                answering.run(self._lanes, kept, going.asked.variables)

    async def _once_more(self, going: _Going, schema: Schema, kept: Kept) -> None:
        """Runs a request that names what its role does not see, after looking whether it sees it by now."""
        with suppress(psycopg.Error):
            found = await self._types.again(going.identity.role)
            if found is not None and found is not schema:
                kept = self._plans.of(going.asked, found)
        self._answering(going).run(self._lanes, kept, going.asked.variables)

    def _answering(self, going: _Going) -> Answering:
        refused = partial(self._audit.refused, going.identity, going.request)
        back = partial(self._start, respond=going.respond) if going.back else None
        return Answering(going.identity, going.begun, going.respond, refused, back)

    def _start(self, work: Coroutine[None, None, None], respond: Respond) -> None:
        async def safely() -> None:
            try:
                await work
            except Exception as bug:  # noqa: BLE001 - whoever waits for an answer gets one
                self._failed(bug)
                respond(Refusal(500, "PGRSTX00", "internal error of the gateway").answer())

        task = asyncio.get_running_loop().create_task(safely())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _not_read() -> Refusal:
    return Refusal(503, "PGRST002", "Could not query the database for the schema cache. Retrying.")
