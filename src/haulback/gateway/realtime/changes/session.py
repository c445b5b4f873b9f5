"""One time of being connected: from the opening of the stream to whatever ends it."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import psycopg
from psycopg.conninfo import make_conninfo

from haulback.gateway.database.lane import Lane
from haulback.gateway.realtime.changes import broadcasts, checking, pgoutput, polling, rendering, stream
from haulback.gateway.realtime.changes.asking import Asking
from haulback.gateway.realtime.changes.facts import Facts
from haulback.gateway.realtime.changes.polling import Polled
from haulback.gateway.realtime.changes.register import Register, Subscription, tests
from haulback.gateway.realtime.changes.segments import Segments
from haulback.gateway.realtime.changes.sifting import Sifting
from haulback.gateway.realtime.changes.stream import Slot, Stream
from haulback.gateway.realtime.changes.tables import Catalog, Published
from haulback.gateway.realtime.changes.telling import Telling
from haulback.gateway.realtime.members import Binding, Hub, Member, Message

_LOOK_EVERY = 5.0  # seconds between two looks at what the stream does not tell
_PRUNE_EVERY = 3600.0
_FRESH = 1.0  # seconds that facts may be old when a subscription is checked
_WAIT = 0.5
_PATIENCE = "5s"  # for what is looked up: a filter may be a regular expression that never ends
_TOGETHER = 64  # changes that are told at once at most


class Unfit(Exception):
    """The database cannot be followed as it is; str() says what is missing."""


class Changed(Exception):
    """What is to be followed is not what the stream was opened for."""


class Behind(Exception):
    """The stream is so far behind that it is given up, with what was not read of it."""

    def __init__(self, bytes_: int) -> None:
        super().__init__(f"{bytes_} bytes of the log were not handed out yet, which is more than a slot may hold back")


Refresh = Callable[["Session", Iterable[Member]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Following:
    """What is followed, and as whom.

    Attributes:
        parameters: libpq keywords of a login that has REPLICATION, with its password.
        asking: of a login that may take the roles of those who subscribe.
        publication: whose tables can be subscribed to.
        slot: that the log is read from.
    """

    parameters: Mapping[str, str] = field(repr=False)
    asking: Mapping[str, str] = field(repr=False)
    publication: str = "supabase_realtime"
    slot: Slot = field(default_factory=Slot)


class Session:
    """Follows the log and tells its changes."""

    def __init__(
        self,
        following: Following,
        connected: _Connected,
        hub: Hub,
        refresh: Refresh,
        tell: Callable[[str], None],
    ) -> None:
        loop = asyncio.get_running_loop()
        self._following = following
        self._catalog = connected.catalog
        self._asking = connected.asking
        self._segments = connected.segments
        self._sieves = connected.sieves
        self._stream = connected.stream
        self._publications = connected.publications
        self._published = connected.published
        self._hub = hub
        self._refresh = refresh
        self._tell = tell
        self._clock = loop.time
        self._look_at = loop.time() + _LOOK_EVERY
        self._prune_at = loop.time()
        self._relations: dict[int, pgoutput.Relation] = {}
        self._transaction: pgoutput.Begin | None = None
        self._reread = False
        self._pending: list[tuple[int, rendering.Change]] = []
        self._pending_of: dict[int, None] = {}
        self._ended = 0
        self._broadcasts: set[int] = set()
        self._facts = Facts(self._catalog, self._asking, connected.login, loop.time)
        self.register = Register()
        sieves = Sifting(self._sieves, loop.time)
        self._telling = Telling(self.register, self._facts, self._catalog, self._asking, sieves, self._failed)

    @property
    def polled(self) -> bool:
        """Whether the log is asked for what came, in place of a stream."""
        return isinstance(self._stream, Polled)

    @property
    def resumed(self) -> bool:
        """Whether nothing was missed since the session before."""
        return self._stream.resumed

    def sweep(self) -> None:
        """Finds out which connection is gone; called every now and then."""
        for one in self._segments:
            one.look()
        if isinstance(self._stream, Stream):
            self._stream.look()

    def look_again(self) -> None:
        """Something of the schema may have changed."""
        self._look_at, self._reread = 0.0, True

    async def resolved(self, member: Member) -> list[tuple[int, Subscription]]:
        """What the bindings of a member mean, each with its table; to be put into the register.

        Raises:
            Refused: one of them cannot be had.
            psycopg.OperationalError: the server is gone.
        """
        identity = member.identity
        found: list[tuple[int, Subscription]] = []
        for binding in member.bindings:
            terms = checking.terms(binding)
            meant = [one for one in self._published if _means(binding, one)]
            if not meant:
                raise checking.unknown(binding, terms)
            for one in meant:
                table = await self._facts.table(one.oid, _FRESH)
                role = await self._facts.role(one.oid, identity.role, _FRESH)
                if table is None:
                    raise checking.unknown(binding, terms)
                conditions = await checking.conditions(self._catalog, binding, terms, table, role)
                subscription = Subscription(
                    member, binding.id, checking.event(binding), identity, binding.select, tests(conditions)
                )
                found.append((one.oid, subscription))
        return found

    async def replay(self, topic: str, since: int, limit: int) -> Sequence[Message]:
        return await broadcasts.replayed(self._catalog, topic, since, limit)

    async def follow(self, wanted: Callable[[], bool]) -> None:
        """Tells changes until something ends it, or nobody wants them any more.

        Raises:
            Ended: the stream is over.
            Changed, Behind: it has to be opened anew.
            Lost, psycopg.OperationalError: another connection is gone.
        """
        while wanted():
            for _, payload in await self._stream.taken(_WAIT):
                await self._take(payload)
            await self._tell_pending()
            if self._clock() > self._look_at:
                await self._look()

    async def _take(self, payload: bytes) -> None:
        """Takes one message; changes are told together with those that came with them."""
        oid = pgoutput.table(payload)
        if oid is None:
            await self._take_other(pgoutput.decoded(payload))
            return
        if oid in self._broadcasts:
            await self._tell_pending()
            self._broadcast(oid, payload)
        if self.register.follows(oid):
            transaction = self._transaction
            if transaction is None:
                raise pgoutput.Malformed("a change outside a transaction")
            self._pending.append((oid, _change(pgoutput.decoded(payload), transaction.time, self._relations[oid])))
            self._pending_of[transaction.xid] = None
            if len(self._pending) >= _TOGETHER:
                await self._tell_pending()

    async def _take_other(self, message: pgoutput.Message) -> None:
        if isinstance(message, pgoutput.Begin):
            self._transaction = message
        elif isinstance(message, pgoutput.Commit):
            self._ended = message.end
        elif isinstance(message, pgoutput.Relation):
            await self._tell_pending()
            await self._relation(message)

    async def _tell_pending(self) -> None:
        """Tells what came so far, and the server how far that was."""
        if self._pending:
            changes, xids = self._pending, tuple(self._pending_of)
            self._pending, self._pending_of = [], {}
            await self._asking.committed(xids)
            await self._telling.tell(changes)
        self._stream.handed_out(self._ended)

    async def _relation(self, relation: pgoutput.Relation) -> None:
        before = self._relations.get(relation.oid)
        self._relations[relation.oid] = relation
        self._facts.forget(relation.oid)
        if broadcasts.is_one(relation):
            self._broadcasts.add(relation.oid)
        if before is not None and before.columns != relation.columns:
            # Conditions were made for the columns as they were.
            await self._refresh(self, {one.member for one in self.register.followers(relation.oid)})
        if relation.oid not in self._broadcasts and not self._knows(relation):
            # Made since the last look, perhaps in the place of one that was dropped, or of another name: the change
            # behind this message is for whoever subscribed to it by its name.
            await self._look()

    def _knows(self, relation: pgoutput.Relation) -> bool:
        return Published(relation.oid, relation.schema, relation.name) in self._published

    def _broadcast(self, oid: int, payload: bytes) -> None:
        inserted = pgoutput.decoded(payload)
        if isinstance(inserted, pgoutput.Insert):
            message = broadcasts.message(self._relations[oid], inserted)
            if message is not None:
                self._hub.send_from_database(message)

    def _failed(self, oid: int, bug: Exception) -> None:
        self._tell("".join(traceback.format_exception(bug)))
        for member in {one.member for one in self.register.followers(oid)}:
            member.system("error", "A change could not be delivered")

    async def _look(self) -> None:
        """Looks at what the stream does not tell."""
        self._look_at = self._clock() + _LOOK_EVERY
        self._facts.forget_all()
        slot = self._following.slot
        behind = await self._catalog.behind(self._stream.slot)
        if behind is not None and behind > slot.bound:
            raise Behind(behind)
        if slot.name is not None:
            await self._catalog.give_up(slot.name, slot.bound)
        if await _publications(self._catalog, self._following) != self._publications:
            raise Changed
        published = await self._catalog.published(self._following.publication)
        if published != self._published or self._reread:
            self._published, self._reread = published, False
            await self._refresh(self, self.register.members())
        if self._clock() > self._prune_at:
            self._prune_at = self._clock() + _PRUNE_EVERY
            if await broadcasts.pruned(self._catalog, self._tell):
                self._prune_at = 0.0  # the next portion with the next look


def _means(binding: Binding, table: Published) -> bool:
    return binding.schema in {"*", table.schema} and binding.table in {None, "*", table.name}


def _change(message: pgoutput.Message, time: int, relation: pgoutput.Relation) -> rendering.Change:
    match message:
        case pgoutput.Insert(new=new):
            return rendering.change("INSERT", time, relation, new, None)
        case pgoutput.Update(new=new, old=old):
            return rendering.change("UPDATE", time, relation, new, old)
        case pgoutput.Delete(old=old):
            return rendering.change("DELETE", time, relation, None, old)
        case _:
            raise pgoutput.Malformed("no change of a row")


@dataclass(frozen=True, slots=True)
class _Connected:
    catalog: Catalog
    asking: Asking
    login: str
    segments: tuple[Segments, ...]
    sieves: Segments
    stream: Stream | Polled
    publications: tuple[str, ...]
    published: tuple[Published, ...]


@asynccontextmanager
async def opened(
    following: Following, hub: Hub, refresh: Refresh, tell: Callable[[str], None]
) -> AsyncIterator[Session]:
    """A session whose stream is live: what is committed from now on is in it.

    Args:
        following: what is followed.
        hub: that broadcasts go to.
        refresh: subscribes members again, whose tables are not what they were.
        tell: takes a line for the log.

    Raises:
        psycopg.Error: the server cannot be reached, or refuses.
        Unfit: something is missing.
    """
    async with AsyncExitStack() as stack:
        catalog = Catalog(lambda: _connected(following.parameters, "catalogs", _looking_up()))
        stack.push_async_callback(catalog.close)
        publications = await _checked(catalog, following)
        if following.slot.name is not None:
            await catalog.give_up(following.slot.name, following.slot.bound)
        # Only the first one is needed; the others are opened when there is something for them.
        asked = Segments(lambda: _lane(following.asking, "row security"))
        beside = Segments(lambda: _lane(following.asking, "row security, beside"))
        sieves = Segments(lambda: _lane(following.parameters, "row security, sifted"))
        segments = (asked, beside, sieves)
        for one in segments:
            stack.push_async_callback(one.close)
        await asked.open()
        asking = Asking(asked, beside)
        login = await asking.login()
        live = await _reading(following, publications, tell)
        stack.push_async_callback(live.close)
        # Read when the stream is live: what is added to the publication later is seen by a later look.
        published = await catalog.published(following.publication)
        connected = _Connected(catalog, asking, login, segments, sieves, live, publications, published)
        yield Session(following, connected, hub, refresh, tell)


async def _reading(following: Following, publications: Sequence[str], tell: Callable[[str], None]) -> Stream | Polled:
    """The log as a stream, or, where no such connection can be had, by asking for what came."""
    try:
        return await stream.opened(following.parameters, following.slot, publications)
    except psycopg.OperationalError as refused:
        # Others get through, as the connection that looks into the catalogs just did.
        connection = await _connected(following.parameters, "changes", _looking_up())
        polled = await polling.opened(connection, publications)
        tell(f"changes: the log cannot be streamed, so it is polled: {refused}")
        return polled


def _looking_up() -> str:
    return f"-c search_path= -c statement_timeout={_PATIENCE}"


async def _lane(parameters: Mapping[str, str], purpose: str) -> Lane:
    connection = await _connected(parameters, purpose)
    return Lane(connection, asyncio.get_running_loop(), lambda _lane: None)


async def _connected(parameters: Mapping[str, str], purpose: str, options: str = "") -> psycopg.AsyncConnection:
    named = {"application_name": f"haulback serve: {purpose}", "options": f"{stream.OPTIONS} {options}"}
    return await psycopg.AsyncConnection.connect(make_conninfo(**{**parameters, **named}), autocommit=True)


async def _publications(catalog: Catalog, following: Following) -> tuple[str, ...]:
    """Those that are there of the two that are followed."""
    found = await catalog.publications([following.publication, broadcasts.PUBLICATION])
    return tuple(sorted(found))


async def _checked(catalog: Catalog, following: Following) -> tuple[str, ...]:
    server = await catalog.replication()
    if server.wal_level != "logical":
        raise Unfit(f"Changes cannot be followed: wal_level is {server.wal_level}, and has to be logical")
    if not server.may_replicate:
        raise Unfit("Changes cannot be followed: the login for them has not the attribute REPLICATION")
    publications = await _publications(catalog, following)
    if not publications:
        raise Unfit(f"Changes cannot be followed: the publication {following.publication} is missing")
    return publications
