"""A feed of changes over a test's database, and members that write down what they are told."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

import uvloop
from psycopg.conninfo import conninfo_to_dict

from haulback.gateway.auth.identity import Identity
from haulback.gateway.realtime.changes.feed import SUBSCRIBED, Feed
from haulback.gateway.realtime.changes.session import Following
from haulback.gateway.realtime.members import Binding, Message

if TYPE_CHECKING:
    from conftest import Database

T = TypeVar("T")

ANN = "00000000-0000-4000-8000-0000000000a1"
BEN = "00000000-0000-4000-8000-0000000000b2"


def identity(
    role: str = "authenticated", user: str | None = None, expires: float | None = None, **claims: Any
) -> Identity:
    body = {"role": role, **({"sub": user} if user else {}), **claims}
    return Identity(role, body, json.dumps(body).encode(), expires=float("inf") if expires is None else expires)


@dataclass(eq=False)
class Listener:
    """A member; `got` has ids and changes, `said` what system messages said."""

    identity: Identity
    bindings: tuple[Binding, ...]
    got: list[tuple[list[int], Any]] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)

    def changed(self, ids: Sequence[int], data: bytes) -> None:
        self.got.append((list(ids), json.loads(data)))

    def system(self, status: str, message: str) -> None:
        self.said.append((status, message))

    def broadcast(self, _event: str, _payload: bytes, _meta: Mapping[str, Any] | None) -> None:
        raise AssertionError

    @property
    def changes(self) -> list[Any]:
        return [change for _, change in self.got]

    @property
    def records(self) -> list[Any]:
        return [change.get("record") for change in self.changes]


@dataclass
class Rows:
    """What a hub was given."""

    messages: list[Message] = field(default_factory=list)

    def send_from_database(self, message: Message, *, everywhere: bool = False) -> None:
        assert not everywhere  # each worker follows the database itself
        self.messages.append(message)


def binding(
    number: int = 1,
    event: str = "*",
    table: str | None = "notes",
    filter: str | None = None,  # noqa: A002 - as clients call it
    select: tuple[str, ...] | None = None,
    schema: str = "public",
) -> Binding:
    return Binding(number, event, schema, table, filter, select)


@dataclass
class Followed:
    """A feed with its log in `log`."""

    feed: Feed
    hub: Rows
    log: list[str]

    async def joined(self, who: Identity, *bindings: Binding) -> Listener:
        """A member that is subscribed."""
        member = Listener(who, bindings or (binding(),))
        self.feed.join(member)
        await until(lambda: member.said)
        assert member.said == [("ok", SUBSCRIBED)]
        return member

    async def refused(self, who: Identity, *bindings: Binding) -> str:
        """What a member is told that cannot be subscribed."""
        member = Listener(who, bindings)
        self.feed.join(member)
        await until(lambda: member.said)
        ((status, message),) = member.said
        assert status == "error"
        self.feed.leave(member)
        return message


def parameters(database: Database, user: str) -> dict[str, str]:
    return {name: str(value) for name, value in conninfo_to_dict(database.conninfo(user)).items()}


@asynccontextmanager
async def followed(database: Database, login: str = "postgres", **options: Any) -> AsyncIterator[Followed]:
    """A feed of a database; ended with the block, and its slot with it."""
    log: list[str] = []
    hub = Rows()
    following = Following(parameters(database, login), parameters(database, "authenticator"), **options)
    feed = Feed(following, hub, log.append)
    feed.begin()
    try:
        yield Followed(feed, hub, log)
    finally:
        await feed.end()


async def until(look: Callable[[], Any]) -> None:
    """Looks again and again, for half a minute at most."""
    end = time.monotonic() + 30
    while not look():
        assert time.monotonic() < end
        await asyncio.sleep(0.005)


def played(play: Coroutine[None, None, T]) -> T:
    """Runs a play to its end, in the loop that the gateway has."""
    return uvloop.run(asyncio.wait_for(play, 120))
