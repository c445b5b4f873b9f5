"""The part at `/auth/v1` on a real socket, over a real PostgreSQL."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import httpx
import jwt
from psycopg.conninfo import conninfo_to_dict

from haulback.gateway.accounts.database import ROLE
from haulback.gateway.accounts.endpoint import MOUNT, Accounts, AccountsSettings
from haulback.gateway.answer import Answer
from haulback.gateway.auth import keys
from haulback.gateway.auth.tokens import Tokens
from haulback.gateway.http.connection import Connection
from haulback.gateway.http.limits import Limits
from haulback.gateway.http.request import Request

SECRET = "super-secret-jwt-token-with-at-least-32-characters-long"


class Database(Protocol):
    """What the fixture `database` gives."""

    def conninfo(self, user: str = ...) -> str: ...


@dataclass
class Served:
    """A part that is served.

    Attributes:
        failures: errors of ours that it told of: there is to be none.
        lines: for the log.
    """

    database: Database
    port: int
    failures: list[BaseException] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{MOUNT}"

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"X-Supabase-Api-Version": "2024-01-01"}, timeout=60)

    def admin(self) -> httpx.Client:
        client = self.client()
        client.headers["Authorization"] = f"Bearer {signed(role='service_role')}"
        return client


def signed(**claims: object) -> str:
    return jwt.encode({"exp": int(time.time()) + 600, **claims}, SECRET, algorithm="HS256")


def settings(database: Database, **changes: object) -> AccountsSettings:
    parameters = {key: str(value) for key, value in conninfo_to_dict(database.conninfo(ROLE)).items()}
    verifying = keys.parsed(SECRET)
    assert verifying.signing is not None
    made = AccountsSettings(parameters, verifying, verifying.signing, Tokens(verifying, clock=time.time))
    return replace(made, **changes)  # type: ignore[arg-type]


@contextmanager
def served(database: Database, **changes: object) -> Iterator[Served]:
    """Serves on a thread of its own, so that clients which block can be used."""
    begun = threading.Event()
    loop = asyncio.new_event_loop()
    told = Served(database, 0)

    async def main() -> None:
        ended = asyncio.Event()
        told.end = lambda: loop.call_soon_threadsafe(ended.set)  # type: ignore[attr-defined]
        accounts = Accounts(settings(database, **changes), told.failures.append, told.lines.append)

        def handle(request: Request, respond: Callable[[Answer], None]) -> None:
            accounts.handle(request, request.path.removeprefix(MOUNT), respond)

        open_: set[Connection] = set()
        server = await loop.create_server(lambda: Connection(handle, Limits(), open_, loop.time), "127.0.0.1", 0)
        told.port = server.sockets[0].getsockname()[1]
        begun.set()
        await ended.wait()
        server.close()
        for connection in tuple(open_):
            connection.shut()
        await accounts.close()

    thread = threading.Thread(target=lambda: loop.run_until_complete(main()))
    thread.start()
    try:
        assert begun.wait(30)
        yield told
    finally:
        told.end()  # type: ignore[attr-defined]
        thread.join(30)
        loop.close()
    assert told.failures == []


@dataclass(frozen=True)
class Mail:
    """A mail that nobody was sent, as the log tells it."""

    address: str
    purpose: str
    code: str
    link: str

    @property
    def token(self) -> str:
        return httpx.URL(self.link).params["token"]


_MAIL = re.compile(r"/auth/v1: mail to (\S+) \((\w+)\): (\d{6})(?:, (\S+))?")


def mails(auth: Served) -> list[Mail]:
    """All mails, the oldest first."""
    found = [_MAIL.fullmatch(line) for line in auth.lines]
    return [Mail(one[1], one[2], one[3], one[4] or "") for one in found if one]


def refusal(answer: httpx.Response) -> tuple[int, str, str]:
    """Status, code and message of an error."""
    told = answer.json()
    return answer.status_code, told["code"], told["message"]


def bearing(session: dict[str, str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {session['access_token']}"}


def claims(session: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(session["access_token"], SECRET, algorithms=["HS256"], audience="authenticated")
    return found
