"""A REST API in this process over a test's database, and a plain client for it."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import jwt
import uvloop
from psycopg.conninfo import conninfo_to_dict

from haulback.gateway.access.log import AccessSettings
from haulback.gateway.auth import keys
from haulback.gateway.auth.tokens import Tokens
from haulback.gateway.http.forwarded import Proxies
from haulback.gateway.http.limits import Limits
from haulback.gateway.rest.planned import Options
from haulback.gateway.serving import listen
from haulback.gateway.worker import Serving, serve
from haulback.model.graphql import GraphQLSettings
from haulback.model.realtime import RealtimeSettings

if TYPE_CHECKING:
    from conftest import Database  # the name of many files: only for what is written down, never looked up

SECRET = "test-" + "s" * 32


def token(role: str = "authenticated", user: str | None = None, **claims: Any) -> str:
    body = {"role": role, **({"sub": user} if user else {}), **claims}
    return jwt.encode(body, SECRET, algorithm="HS256")


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Api:
    """Where it is served; `said` is its log."""

    port: int
    said: list[str] = field(default_factory=list)

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        connection: http.client.HTTPConnection | None = None,
        mount: str = "/rest/v1",
    ) -> Reply:
        """One request; a body that is no bytes is sent as JSON."""
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        to = connection or self.connection()
        try:
            to.request(method, f"{mount}{path}", body=body, headers=sent)
            answer = to.getresponse()
            return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        finally:
            if connection is None:
                to.close()

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)


@contextmanager
def served(
    database: Database,
    options: Options | None = None,
    *,
    schemas: tuple[str, ...] = ("public",),
    pool: int = 4,
    patience: float = 10.0,
    limits: Limits | None = None,
    graphql: GraphQLSettings | None = None,
    realtime: RealtimeSettings | None = None,
    access: AccessSettings | None = None,
    proxies: Proxies | None = None,
) -> Iterator[Api]:
    """The API of a database, from the loop of a thread; ended with the test."""
    said: list[str] = []
    listening = listen("127.0.0.1", 0)
    api = Api(listening.getsockname()[1], said)
    parameters = {name: str(value) for name, value in conninfo_to_dict(database.conninfo("authenticator")).items()}
    serving = Serving(
        parameters=parameters,
        schemas=schemas,
        tokens=Tokens(keys.parsed(SECRET), clock=time.time),
        options=options or Options(max_rows=1000),
        limits=limits or Limits(),
        pool=pool,
        patience=patience,
        accounts="not here",
        tell=said.append,
        graphql=graphql or GraphQLSettings(),
        following={key: str(value) for key, value in conninfo_to_dict(database.conninfo("postgres")).items()},
        realtime=realtime or RealtimeSettings(serve=False),
        access=access,
        proxies=proxies,
    )
    ended, started = asyncio.Event(), threading.Event()
    loop = uvloop.new_event_loop()
    failed: list[BaseException] = []

    def run() -> None:
        asyncio.set_event_loop(loop)
        loop.call_soon(started.set)
        try:
            loop.run_until_complete(serve(listening, serving, ended))
        except BaseException as trouble:  # noqa: BLE001 - handed to the test
            failed.append(trouble)
        finally:
            loop.run_until_complete(loop.shutdown_default_executor())
            loop.close()
            listening.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    started.wait(30)
    try:
        until = time.monotonic() + 30
        while not failed and time.monotonic() < until:
            try:
                if api.ask("GET", "/health").status == 200:
                    break
            except OSError:
                time.sleep(0.02)
        if failed:
            raise failed[0]
        yield api
    finally:
        if not failed:
            loop.call_soon_threadsafe(ended.set)
        thread.join(30)
    if failed:
        raise failed[0]
