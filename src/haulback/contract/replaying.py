"""Asks recorded requests again, of a gateway of our own over one database.

It is the gateway itself that answers, without a socket between. Each request has a transaction that is rolled back, so
none sees what another wrote, and what is answered before and after a plan differs by the plan alone.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

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
from haulback.gateway.schema.model import SchemaCache
from haulback.gateway.schema.reading import read
from haulback.gateway.site import Site
from haulback.model.api import ApiSettings
from haulback.model.requests import RecordedRequest

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
        schemas: exposed, the default first.
        api: the dialect.

    Raises:
        NotAsked: the login is refused, or there was no answer in time.
    """
    # What a request runs into must not keep a rehearsal: PostgreSQL itself ends what takes too long.
    bounded = {**parameters, "options": f"-c statement_timeout={_LONGEST}s"}
    try:
        return asyncio.run(_answers(requests, bounded, schemas, replace(api, tx_end="rollback")))
    except psycopg.Error as failure:
        raise NotAsked(str(failure).strip()) from failure
    except TimeoutError as failure:
        raise NotAsked(f"no answer in {_ENOUGH:.0f} s") from failure


async def _answers(
    requests: Sequence[RecordedRequest], parameters: Mapping[str, str], schemas: Sequence[str], api: ApiSettings
) -> tuple[Answer, ...]:
    cache = await asyncio.to_thread(_cache, parameters, schemas, api)
    secret = secrets.token_hex(32)
    lanes = Lanes(parameters, 1, _ENOUGH)
    await lanes.open()
    try:
        options = dialect(api)
        tokens = Tokens(keys.parsed(secret), options.anonymous, role_path=options.role_path, clock=time.time)
        rest = Rest(lanes, tokens)
        rest.use(cache, options)
        site = Site({MOUNT: rest}, lambda _bug: None)  # it is answered by 500, and compared as such
        return tuple([await _answer(site, one, secret) for one in requests])
    finally:
        await lanes.close()


def _cache(parameters: Mapping[str, str], schemas: Sequence[str], api: ApiSettings) -> SchemaCache:
    with psycopg.connect(make_conninfo("", **dict(parameters)), autocommit=True) as connection:
        return read(connection, schemas, api.extra_search_path, api.hoisted)


async def _answer(site: Site, asked: RecordedRequest, secret: str) -> Answer:
    got: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
    site.handle(_request(asked, secret), lambda answer: None if got.done() else got.set_result(answer))
    return await asyncio.wait_for(got, _ENOUGH)


def _request(asked: RecordedRequest, secret: str) -> Request:
    headers = [(name.encode(), value.encode()) for name, value in asked.headers.items()]
    if asked.claims:
        claims = {**asked.claims, "exp": int(time.time()) + _LIFETIME}
        headers.append((b"authorization", b"Bearer " + jwt.encode(claims, secret, algorithm="HS256").encode()))
    return Request(asked.method, asked.path, asked.query, Headers(headers), asked.body, bool(asked.body))
