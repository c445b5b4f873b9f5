"""Asks recorded requests again, of a gateway of our own over one database.

It is the gateway itself that answers, without a socket between. Each request has a transaction that is rolled back, so
none sees what another wrote, and what is answered before and after a plan differs by the plan alone.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

import jwt
import psycopg
from psycopg.conninfo import make_conninfo

from haulback.gateway.answer import Answer
from haulback.gateway.auth import keys
from haulback.gateway.auth.tokens import Tokens
from haulback.gateway.database.lanes import Lanes
from haulback.gateway.dialect import dialect
from haulback.gateway.http.headers import Headers
from haulback.gateway.http.request import Request
from haulback.gateway.rest.endpoint import Rest
from haulback.gateway.rest.planned import Options
from haulback.gateway.schema.configuration import held
from haulback.gateway.schema.model import SchemaCache
from haulback.gateway.schema.reading import read
from haulback.gateway.site import Site
from haulback.model.api import ApiSettings
from haulback.model.requests import RecordedRequest
from haulback.model.role_path import RolePath, UnplaceableRole

MOUNT = "/rest/v1"
_LONGEST = 5  # seconds that a statement may run
_ENOUGH = 30.0  # seconds until an answer is given up
_LIFETIME = 3600  # seconds of a token that is signed for this


class NotAsked(Exception):
    """The requests could not be asked; str() says why."""


def answers(
    requests: Sequence[RecordedRequest], parameters: Mapping[str, str], schemas: Sequence[str], api: ApiSettings
) -> tuple[Answer, ...]:
    """The answers to all requests, in their order.

    Args:
        requests: to be asked.
        parameters: libpq keywords of the login that the gateway begins as.
        schemas: exposed, the default first, where the database does not say.
        api: the dialect, where the database does not say.

    Raises:
        NotAsked: the login is refused, or there was no answer in time.
    """
    # What a request runs into must not keep a rehearsal: PostgreSQL itself ends what takes too long.
    bounded = {**parameters, "options": f"-c statement_timeout={_LONGEST}s"}
    try:
        return asyncio.run(_answers(requests, bounded, tuple(schemas), api))
    except psycopg.Error as failure:
        raise NotAsked(str(failure).strip()) from failure
    except TimeoutError as failure:
        raise NotAsked(f"no answer in {_ENOUGH:.0f} s") from failure


async def _answers(
    requests: Sequence[RecordedRequest], parameters: Mapping[str, str], schemas: tuple[str, ...], api: ApiSettings
) -> tuple[Answer, ...]:
    cache, options = await asyncio.to_thread(_read, parameters, schemas, dialect(api))
    secret = secrets.token_hex(32)
    lanes = Lanes(parameters, 1, _ENOUGH)
    await lanes.open()
    try:
        tokens = Tokens(keys.parsed(secret), options.anonymous, role_path=options.role_path, clock=time.time)
        rest = Rest(lanes, tokens)
        rest.use(cache, options)
        site = Site({MOUNT: rest}, lambda _bug: None)  # it is answered by 500, and compared as such
        return tuple([await _answer(site, _request(one, secret, options.role_path)) for one in requests])
    finally:
        await lanes.close()


def _read(parameters: Mapping[str, str], schemas: tuple[str, ...], options: Options) -> tuple[SchemaCache, Options]:
    """The schema and the dialect as `haulback serve` would have them, but that nothing is committed."""
    with psycopg.connect(make_conninfo("", **dict(parameters)), autocommit=True) as connection:
        now = held(connection, schemas, options, {})
        cache = read(connection, now.schemas, now.options.extra_search_path, now.options.hoisted)
    return cache, replace(now.options, tx_end="rollback")


async def _answer(site: Site, request: Request) -> Answer:
    got: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    site.handle(request, lambda answer: None if got.done() else got.set_result(answer))
    return await asyncio.wait_for(got, _ENOUGH)


def _request(asked: RecordedRequest, secret: str, path: RolePath) -> Request:
    headers = [(name.encode(), value.encode()) for name, value in asked.headers.items()]
    if asked.claims:
        claims = {**_claims(asked.claims, path), "exp": int(time.time()) + _LIFETIME}
        headers.append((b"authorization", b"Bearer " + jwt.encode(claims, secret, algorithm="HS256").encode()))
    return Request(asked.method, asked.path, asked.query, Headers(headers), asked.body, bool(asked.body))


def _claims(claims: Mapping[str, Any], path: RolePath) -> Mapping[str, Any]:
    """The claims with the role where it is looked for, unless another is there: those written by hand only name it."""
    role = claims.get("role")
    if isinstance(role, str) and path.found(claims) is None:  # null is no role but a stranger's
        with suppress(UnplaceableRole):  # then nobody asks, before a plan and after it
            return path.placed(claims, role)
    return claims
