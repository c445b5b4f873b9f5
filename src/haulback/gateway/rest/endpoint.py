"""`/rest/v1`: takes a request to its plan, the plan to PostgreSQL, and the row back to an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import unquote

from haulback.gateway.answer import Answer, Refusal
from haulback.gateway.auditing import Audit
from haulback.gateway.auth.bearer import identified, without_key
from haulback.gateway.auth.identity import Identity
from haulback.gateway.auth.tokens import Tokens
from haulback.gateway.database.lanes import Lanes
from haulback.gateway.database.segment import Step
from haulback.gateway.http.headers import Headers
from haulback.gateway.http.request import Request
from haulback.gateway.rest import health, ingesting
from haulback.gateway.rest.allowed import allowed
from haulback.gateway.rest.asking import Asking
from haulback.gateway.rest.ingesting import Ingest
from haulback.gateway.rest.keeping import Plans
from haulback.gateway.rest.openapi.document import Mode
from haulback.gateway.rest.openapi.plan import openapi_plan
from haulback.gateway.rest.payload import Payload, looked_at
from haulback.gateway.rest.plan.tables import table as known_table
from haulback.gateway.rest.planned import Options, Planned, RequestShape
from haulback.gateway.rest.planning import planned
from haulback.gateway.rest.query.parsed import parsed
from haulback.gateway.rest.query.tree import Query
from haulback.gateway.rest.shape import taken_apart
from haulback.gateway.rest.timing import Timing
from haulback.gateway.schema.model import Name, SchemaCache
from haulback.gateway.transaction import asked_first, beginning, search_path

Respond = Callable[[Answer], None]

_WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})
_BRING = frozenset({"POST", "PATCH", "PUT"})
_NO_PAYLOAD = Payload(b"", None, is_object=False)
_READS = frozenset({"GET", "HEAD", "OPTIONS"})
_CALLS = _READS | {"POST"}
_METHODS = _READS | _WRITES


@dataclass(frozen=True, slots=True)
class _Facts:
    """What a plan wants to know of the headers, worked out once for headers that do not change."""

    prefer: str
    accept: str
    content_type: str
    range: str
    read_profile: str
    write_profile: str


def _facts(headers: Headers) -> _Facts:
    found = headers.kept.get("rest")
    if isinstance(found, _Facts):
        return found
    names = ("prefer", "accept", "content-type", "range", "accept-profile", "content-profile")
    facts = _Facts(*(headers.get(name) for name in names))
    headers.kept["rest"] = facts
    return facts


class Rest:
    """The REST API of one worker.

    Args:
        lanes: to the database.
        tokens: that tell who asks.
    """

    def __init__(self, lanes: Lanes, tokens: Tokens) -> None:
        self._lanes = lanes
        self._tokens = tokens
        self._options = Options()
        self._asked_first: tuple[Step, ...] = ()
        self._audit = Audit(lanes, asyncio.get_running_loop().time)
        self._ingest = Ingest(lanes)
        self._plans = Plans()
        self._cache: SchemaCache | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def use(self, cache: SchemaCache, options: Options) -> None:
        """Takes a new reading of the schema; plans made from the old one are dropped, here and in the database."""
        self._cache = cache
        self._options = options
        self._asked_first = asked_first(options.pre_request)
        self._audit.use(cache)
        self._plans.clear()
        self._lanes.forget()

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
            respond(refusal.answer(minimal=self._options.minimal_errors))

    def _handle(self, request: Request, path: str, respond: Respond) -> None:
        if path == health.PATH and request.method in {"GET", "HEAD"}:
            health.asked(self._lanes, respond)
            return
        cache = self._cache
        if cache is None:
            raise Refusal(503, "PGRST002", "Could not query the database for the schema cache. Retrying.")
        self._ask(request, path, respond, cache)

    def _ask(self, request: Request, path: str, respond: Respond, cache: SchemaCache) -> None:
        timing = Timing() if self._options.server_timing else None
        query, key = without_key(request.query)
        if "%00" in query or "%00" in path:
            raise Refusal(400, "22021", 'invalid byte sequence for encoding "UTF8": 0x00')
        identity = identified(request.headers, key, self._tokens)
        if timing is not None:
            timing.ended("jwt")
        facts = _facts(request.headers)
        name, is_call = _resource(path, request.method, self._options)
        schema = _schema(facts, request.method, cache.schemas)
        shape, values = taken_apart(query, of_call=is_call and request.method not in _BRING)
        if request.method == "POST" and facts.content_type.partition(";")[0].strip().lower() in ingesting.TYPES:
            if is_call:
                raise Refusal(400, "PGRST102", f"Content-Type not acceptable: {facts.content_type}")
            first = self._first(identity, None, cache, schema, request, path)
            self._take(request, identity, cache, (Name(schema, name), parsed(shape, is_call=False)), first, respond)
            return
        payload = _NO_PAYLOAD
        if request.method in _BRING:
            payload = looked_at(request.method, facts.content_type, shape, request.body, is_call=is_call)
        asked = RequestShape(
            request.method,
            schema,
            name,
            is_call,
            shape,
            facts.prefer,
            facts.accept,
            facts.content_type,
            facts.range if request.method == "GET" else "",
            payload.keys,
            payload.is_object,
            bool(payload.fields),
            by_profile=len(cache.schemas) > 1 or bool(facts.read_profile or facts.write_profile),
        )
        if timing is not None:
            timing.ended("parse")
        if request.method == "OPTIONS":
            respond(_timed(allowed(asked, cache), timing))
            return
        kept = self._plans.of(asked, lambda: self._planned(asked, cache))
        asking = Asking(
            identity,
            kept,
            self._first(identity, kept.planned, cache, schema, request, path),
            values,
            payload,
            respond,
            partial(self._audit.refused, identity, request),
            minimal=self._options.minimal_errors,
            timing=timing,
        )
        if timing is not None:
            timing.ended("plan")
        if kept.planned.needs_verdict:
            self._start(asking.converse(self._lanes))
        else:
            asking.run(self._lanes)

    def _take(
        self,
        request: Request,
        identity: Identity,
        cache: SchemaCache,
        asked: tuple[Name, Query],
        first: Sequence[Step],
        respond: Respond,
    ) -> None:
        """Takes lines of JSON into a table."""
        name, query = asked
        table = known_table(cache, name)
        columns = ingesting.columns_of(query, identity, table, request.body)
        taking = self._ingest.take(identity, table, columns, first, request.body, minimal=self._options.minimal_errors)
        self._start(_answered(taking, respond))

    def _first(
        self, identity: Identity, plan: Planned | None, cache: SchemaCache, schema: str, request: Request, path: str
    ) -> tuple[Step, ...]:
        """The steps before the statement: who asks, and the function that is asked first."""
        begun = beginning(
            identity,
            cache,
            self._options,
            path=search_path(schema, self._options.extra_search_path),
            method=request.method.encode(),
            url=path.encode(),
            headers=request.headers,
            read_only=plan is not None and plan.read_only,
            time_zone=plan.time_zone if plan is not None else None,
            settings=plan.settings if plan is not None else (),
        )
        return (begun, *self._asked_first)

    def _planned(self, asked: RequestShape, cache: SchemaCache) -> Planned:
        if not asked.name:
            return openapi_plan(asked, cache, self._options)
        return planned(asked, cache, self._options)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _timed(answer: Answer, timing: Timing | None) -> Answer:
    """The answer to what needs no database; its stages are told all the same."""
    if timing is None:
        return answer
    timing.ended("plan")
    timing.ended("transaction")
    return timing.told(answer)


async def _answered(taking: Coroutine[None, None, Answer], respond: Respond) -> None:
    respond(await taking)


def _resource(path: str, method: str, options: Options) -> tuple[str, bool]:
    """The name of a table, or of a function behind `rpc/` or at the root; "" for the root without one.

    Raises:
        Refusal: PGRST125 for another path, PGRST101 and 117 for a method that it does not have, PGRST126 for a root
            that is not shown.
    """
    names = [unquote(part) for part in path.split("/") if part]
    match names:
        case [] if options.server.mode is Mode.DISABLED:
            raise Refusal(404, "PGRST126", "Root endpoint metadata is disabled")
        case [] if options.root_spec:
            name, is_call, methods = options.root_spec.rpartition(".")[2], True, _CALLS
        case []:
            name, is_call, methods = "", False, _READS
        case ["rpc", name]:
            is_call, methods = True, _CALLS
        case [name]:
            is_call, methods = False, _METHODS
        case _:
            raise Refusal(404, "PGRST125", "Invalid path specified in request URL")
    if method not in methods:
        if is_call:
            raise Refusal(405, "PGRST101", f"Cannot use the {method} method on RPC")
        raise Refusal(405, "PGRST117", f"Unsupported HTTP method: {method}")
    return name, is_call


def _schema(facts: _Facts, method: str, schemas: Sequence[str]) -> str:
    """The exposed schema that a request is about.

    Raises:
        Refusal: PGRST106.
    """
    profile = facts.write_profile if method in _WRITES else facts.read_profile
    if not profile:
        return schemas[0]
    if profile not in schemas:
        exposed = ", ".join(schemas)
        hint = f"Only the following schemas are exposed: {exposed}"
        raise Refusal(406, "PGRST106", f"Invalid schema: {profile}", hint=hint)
    return profile
