"""One time of being connected: from the opening of the stream to whatever ends it."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import psycopg
from psycopg.conninfo import make_conninfo

from haulback.gateway.database.lane import Lane
from haulback.gateway.realtime.changes import checking, pgoutput, rendering, stream
from haulback.gateway.realtime.changes.asking import Asking, Lost
from haulback.gateway.realtime.changes.facts import Facts
from haulback.gateway.realtime.changes.register import Register, Subscription, tests
from haulback.gateway.realtime.changes.stream import Slot, Stream
from haulback.gateway.realtime.changes.tables import Catalog, Published
from haulback.gateway.realtime.changes.telling import Telling
from haulback.gateway.realtime.members import Binding, Member

_LOOK_EVERY = 5.0  # seconds between two looks at what the stream does not tell
_FRESH = 1.0  # seconds that facts may be old when a subscription is checked
_WAIT = 0.5


class Unfit(Exception):
    """The database cannot be followed as it is; str() says what is missing."""


class Changed(Exception):
    """What is to be followed is not what the stream was opened for."""


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
        catalog: Catalog,
        asking: Asking,
        stream_: Stream,
        published: tuple[Published, ...],
        tell: Callable[[str], None],
    ) -> None:
        loop = asyncio.get_running_loop()
        self._following = following
        self._catalog = catalog
        self._asking = asking
        self._stream = stream_
        self._published = published
        self._tell = tell
        self._clock = loop.time
        self._look_at = loop.time() + _LOOK_EVERY
        self._relations: dict[int, pgoutput.Relation] = {}
        self._transaction: pgoutput.Begin | None = None
        self._seen = False
        self._facts = Facts(catalog, loop.time)
        self.register = Register()
        self._telling = Telling(self.register, self._facts, catalog, asking)

    def look_again(self) -> None:
        """Something of the schema may have changed."""
        self._look_at = 0.0

    async def subscribe(self, member: Member) -> None:
        """Registers all bindings of a member, or none.

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
        self.register.put(member, found)

    async def follow(self) -> None:
        """Tells changes until something ends it.

        Raises:
            Ended: the stream is over.
            Changed: it has to be opened anew.
            Lost, psycopg.OperationalError: another connection is gone.
        """
        while True:
            for _, payload in await self._stream.taken(_WAIT):
                await self._take(payload)
            if self._clock() > self._look_at:
                await self._look()

    async def _take(self, payload: bytes) -> None:
        oid = pgoutput.table(payload)
        if oid is not None:
            if self.register.of(oid):
                await self._change(oid, payload)
            return
        message = pgoutput.decoded(payload)
        if isinstance(message, pgoutput.Begin):
            self._transaction, self._seen = message, False
        elif isinstance(message, pgoutput.Commit):
            self._stream.handed_out(message.end)
        elif isinstance(message, pgoutput.Relation):
            self._relations[message.oid] = message
            self._facts.forget(message.oid)

    async def _change(self, oid: int, payload: bytes) -> None:
        transaction = self._transaction
        if transaction is None:
            raise pgoutput.Malformed("a change outside a transaction")
        if not self._seen:
            await self._asking.committed(transaction.xid)
            self._seen = True
        try:
            await self._telling.tell(oid, _change(pgoutput.decoded(payload), transaction.time, self._relations[oid]))
        except (psycopg.OperationalError, psycopg.InterfaceError, Lost):
            raise
        except Exception as bug:  # noqa: BLE001 - one change that cannot be told must not end all that follow
            self._tell("".join(traceback.format_exception(bug)))
            for member in {one.member for one in self.register.of(oid)}:
                member.system("error", "A change could not be delivered")

    async def _look(self) -> None:
        self._look_at = self._clock() + _LOOK_EVERY
        self._facts.forget_all()
        published = await self._catalog.published(self._following.publication)
        if published != self._published:
            raise Changed


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


@asynccontextmanager
async def opened(following: Following, tell: Callable[[str], None]) -> AsyncIterator[Session]:
    """A session whose stream is live: what is committed from now on is in it.

    Raises:
        psycopg.Error: the server cannot be reached, or refuses.
        Unfit: something is missing.
    """
    async with AsyncExitStack() as stack:
        looking = await _connected(following.parameters, "catalogs", search_path="")
        stack.push_async_callback(looking.close)
        catalog = Catalog(looking)
        await _check(catalog, following)
        lane = Lane(await _connected(following.asking, "row security"), asyncio.get_running_loop(), lambda _lane: None)
        stack.push_async_callback(lane.close)
        live = await stream.opened(following.parameters, following.slot, [following.publication])
        stack.push_async_callback(live.close)
        # Read when the stream is live: what is added to the publication later is seen by a later look.
        published = await catalog.published(following.publication)
        yield Session(following, catalog, Asking(lane), live, published, tell)


async def _connected(
    parameters: Mapping[str, str], purpose: str, search_path: str | None = None
) -> psycopg.AsyncConnection:
    options = stream.OPTIONS if search_path is None else f"{stream.OPTIONS} -c search_path={search_path}"
    conninfo = make_conninfo(**{**parameters, "application_name": f"haulback serve: {purpose}", "options": options})
    return await psycopg.AsyncConnection.connect(conninfo, autocommit=True)


async def _check(catalog: Catalog, following: Following) -> None:
    server = await catalog.replication()
    if server.wal_level != "logical":
        raise Unfit(f"Changes cannot be followed: wal_level is {server.wal_level}, and has to be logical")
    if not server.may_replicate:
        raise Unfit("Changes cannot be followed: the login for them has not the attribute REPLICATION")
    if not await catalog.publications([following.publication]):
        raise Unfit(f"Changes cannot be followed: the publication {following.publication} is missing")
