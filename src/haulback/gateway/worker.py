"""One process that serves: a loop, connections to PostgreSQL, and everything that keeps them well."""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import uvloop

from haulback.gateway.access.log import AccessLog, AccessSettings
from haulback.gateway.accounts.endpoint import MOUNT, Accounts, AccountsSettings, NotServed
from haulback.gateway.auth.tokens import Tokens
from haulback.gateway.database.lanes import Lanes
from haulback.gateway.graphql import endpoint as graphql_endpoint
from haulback.gateway.graphql.endpoint import GraphQL
from haulback.gateway.http.accepting import Accepting, Loads, Open
from haulback.gateway.http.connection import Connection, Tended
from haulback.gateway.http.forwarded import Proxies
from haulback.gateway.http.limits import Limits
from haulback.gateway.http.request import Request
from haulback.gateway.realtime.endpoint import MOUNT as REALTIME
from haulback.gateway.realtime.service import Service
from haulback.gateway.rest.endpoint import Rest
from haulback.gateway.rest.planned import Options
from haulback.gateway.schema.model import SchemaCache
from haulback.gateway.schema.watching import Watch
from haulback.gateway.site import Part, Respond, Site
from haulback.model.graphql import GraphQLSettings
from haulback.model.realtime import RealtimeSettings

_SWEEP = 0.5  # seconds between two looks at what has waited too long
_GRACE = 10.0  # seconds that requests under way get to end


@dataclass(frozen=True)
class Serving:
    """What a worker is told.

    Attributes:
        parameters: libpq keywords of the login, with its password.
        schemas: exposed, the default first.
        tokens: that tell who asks.
        accounts: what users are signed in with, or why they are not.
        realtime: what of Realtime is served.
        following: libpq keywords of a login that may read the log; None where changes of tables are not followed.
        heard: told of each request before it is answered.
        graphql: whether it is served, and how much a request of it may ask for.
        access: how requests are logged; None where they are not.
        proxies: that are believed whom they ask for; None where none are.
    """

    parameters: Mapping[str, str]
    schemas: tuple[str, ...]
    tokens: Tokens
    accounts: AccountsSettings | str
    options: Options
    limits: Limits
    pool: int
    patience: float
    tell: Callable[[str], None]
    following: Mapping[str, str] | None = None
    realtime: RealtimeSettings = field(default_factory=RealtimeSettings)
    heard: Callable[[Request], None] | None = None
    graphql: GraphQLSettings = field(default_factory=GraphQLSettings)
    access: AccessSettings | None = None
    proxies: Proxies | None = None


def work(
    listening: socket.socket,
    serving: Serving,
    parent: int | None = None,
    loads: Loads | None = None,
    place: int = 0,
) -> None:
    """Serves on a socket until SIGTERM or SIGINT; ends the requests that are under way.

    Args:
        listening: the socket.
        serving: what to serve.
        parent: a pipe that ends when the process which forked this one does, however that ended.
        loads: of the workers that listen on the same socket.
        place: of this one among them.
    """
    _allow_files()
    uvloop.run(_until_told(listening, serving, parent, loads or Loads(1), place))


def _allow_files() -> None:
    """As many open files as this process may have at all: each socket is one, and shells allow 1,024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


async def _until_told(listening: socket.socket, serving: Serving, parent: int | None, loads: Loads, place: int) -> None:
    ended = asyncio.Event()
    if parent is not None:
        asyncio.get_running_loop().add_reader(parent, ended.set)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    await serve(listening, serving, ended, loads, place)


async def serve(
    listening: socket.socket,
    serving: Serving,
    ended: asyncio.Event,
    loads: Loads | None = None,
    place: int = 0,
) -> None:
    """Serves on a socket until `ended` is set.

    Raises:
        psycopg.Error: the database cannot be reached at the start.
    """
    loop = asyncio.get_running_loop()
    lanes = Lanes(serving.parameters, serving.pool, serving.patience)
    rest = Rest(lanes, serving.tokens)
    graphql = _graphql(serving, lanes)
    open_ = Open(loads or Loads(1), place)
    realtime = _realtime(serving, lanes, open_)

    accounts = _accounts(serving)
    parts: dict[str, Part] = {"/rest/v1": rest, MOUNT: accounts}
    if graphql is not None:
        parts[graphql_endpoint.MOUNT] = graphql
    if realtime is not None:
        parts[REALTIME] = realtime.part
    site = Site(parts, lambda bug: serving.tell(_traced(bug)))

    def use(cache: SchemaCache, options: Options) -> None:
        serving.tokens.use(options.anonymous, options.audience, options.role_path)
        site.use(options)
        rest.use(cache, options)
        if graphql is not None:
            graphql.use(cache, options)
        if realtime is not None:
            realtime.part.origins = options.origins
            realtime.look_again()

    also = [] if graphql is None else [graphql.reading]
    watch = Watch(serving.parameters, serving.schemas, serving.options, use, serving.tell, also)
    await lanes.open()
    await _begin(watch, lanes)
    if realtime is not None:
        await realtime.begin()
    handle = _heard(site, serving.heard) if serving.heard else site.handle
    log = AccessLog(serving.access, serving.tokens, loop) if serving.access else None
    answered = log.answered if log else None
    made = lambda: Connection(handle, serving.limits, open_, loop.time, answered, serving.proxies)  # noqa: E731 - shorter than a def
    accepting = Accepting(listening, made, open_, loop)
    sweeping = loop.create_task(_sweep(open_, lanes, realtime))
    try:
        await ended.wait()
    finally:
        sweeping.cancel()
        await _shut(accepting, open_)
        if realtime is not None:
            await realtime.end()
        await accounts.close()
        await watch.end()
        await lanes.close()
        if log is not None:
            log.close()


async def _begin(watch: Watch, lanes: Lanes) -> None:
    try:
        await watch.begin()
    except BaseException:
        await lanes.close()
        raise


def _heard(site: Site, heard: Callable[[Request], None]) -> Callable[[Request, Respond], None]:
    def handle(request: Request, respond: Respond) -> None:
        heard(request)
        site.handle(request, respond)

    return handle


async def _sweep(open_: set[Tended], lanes: Lanes, realtime: Service | None) -> None:
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(_SWEEP)
        now = loop.time()
        lanes.sweep(now)
        for connection in tuple(open_):
            connection.sweep(now)
        if realtime is not None:
            realtime.sweep()


async def _shut(accepting: Accepting, open_: set[Tended]) -> None:
    """Takes no new connection, and lets those that are being answered have their answer."""
    accepting.close()
    for connection in tuple(open_):
        connection.shut()
    until = time.monotonic() + _GRACE
    while any(connection.busy for connection in open_) and time.monotonic() < until:  # noqa: ASYNC110 - bounded
        await asyncio.sleep(0.02)


def _graphql(serving: Serving, lanes: Lanes) -> GraphQL | None:
    if not serving.graphql.serve:
        return None
    failed = lambda bug: serving.tell(_traced(bug))  # noqa: E731 - shorter than a def
    return GraphQL(lanes, serving.tokens, serving.parameters, failed, serving.graphql)


def _accounts(serving: Serving) -> Accounts | NotServed:
    if isinstance(serving.accounts, str):
        return NotServed(serving.accounts)
    return Accounts(serving.accounts, lambda bug: serving.tell(_traced(bug)), serving.tell)


def _realtime(serving: Serving, lanes: Lanes, open_: set[Tended]) -> Service | None:
    if not serving.realtime.serve:
        return None
    return Service(
        serving.realtime,
        serving.parameters,
        serving.following,
        lanes,
        serving.tokens,
        open_,
        serving.tell,
    )


def _traced(bug: BaseException) -> str:
    return "".join(traceback.format_exception(bug))
