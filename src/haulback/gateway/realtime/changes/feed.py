"""Follows the database for the members of one worker, and takes up the thread when it tears."""

from __future__ import annotations

import asyncio
import random
import traceback
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress

import psycopg

from haulback.gateway.realtime.changes import session
from haulback.gateway.realtime.changes.checking import Refused
from haulback.gateway.realtime.changes.pgoutput import Malformed
from haulback.gateway.realtime.changes.register import Subscription
from haulback.gateway.realtime.changes.segments import Lost
from haulback.gateway.realtime.changes.session import Behind, Changed, Following, Session, Unfit
from haulback.gateway.realtime.changes.stream import Ended
from haulback.gateway.realtime.members import Hub, Member, Message

SUBSCRIBED = "Subscribed to PostgreSQL"
GONE = "The connection to PostgreSQL is gone"
POLLED = "Changes are polled ten times a second, since the log cannot be streamed"
MISSED = "The connection to PostgreSQL was gone: changes in between may be missing"
_AGAIN_AFTER = 0.25  # seconds, doubled with each failure
_AT_MOST = 8.0
_LINGER = 30.0  # seconds that the database is followed for nobody


class Feed:
    """Changes of tables for members, and broadcasts of the database for a hub.

    Args:
        following: what is followed.
        hub: that broadcasts go to.
        tell: takes a line for the log.
    """

    def __init__(self, following: Following, hub: Hub, tell: Callable[[str], None]) -> None:
        self._following = following
        self._hub = hub
        self._tell = tell
        self._members: dict[Member, str | None] = {}  # with what each was told last of its subscription
        self._attended = False
        self._wanted = asyncio.Event()
        self._wanted_at = 0.0
        self._session: Session | None = None
        self._trouble: str | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self) -> None:
        """Follows the database as soon as anybody wants it."""
        self._start(self._run())

    async def end(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        for task in tuple(self._tasks):
            with suppress(asyncio.CancelledError):
                await task

    def attend(self, *, wanted: bool) -> None:
        """Whether there are channels that want broadcasts of the database, members or not."""
        self._attended = wanted
        if wanted:
            self._wanted.set()

    def join(self, member: Member) -> None:
        """Subscribes a member; says so once what is committed from then on will be delivered."""
        self._members[member] = None
        self._wanted.set()
        if self._session is not None:
            self._start(self._subscribe(self._session, member))
        elif self._trouble is not None:
            member.system("error", self._trouble)

    def renew(self, member: Member) -> None:
        """The member's identity is another one."""
        if member not in self._members:
            return
        if self._session is not None:  # under the old one nothing more is delivered
            self._session.register.drop(member)
        self.join(member)

    def leave(self, member: Member) -> None:
        self._members.pop(member, None)
        if self._session is not None:
            self._session.register.drop(member)

    @property
    def following(self) -> bool:
        """Whether what is committed from now on will be told."""
        return self._session is not None

    def sweep(self) -> None:
        """Finds out which connection is gone; called every now and then."""
        if self._session is not None:
            self._session.sweep()

    def look_again(self) -> None:
        """Something of the schema may have changed."""
        if self._session is not None:
            self._session.look_again()

    async def replay(self, topic: str, since: int, limit: int) -> Sequence[Message]:
        """The newest private broadcasts of a topic, the oldest of them first.

        Raises:
            psycopg.Error: they cannot be read.
        """
        if self._session is None:
            raise psycopg.OperationalError(self._trouble or GONE)
        return await self._session.replay(topic, since, limit)

    async def _run(self) -> None:
        failures = 0
        while True:
            await self._wanted.wait()
            try:
                async with session.opened(self._following, self._hub, self._refresh, self._tell) as live:
                    failures = 0
                    await self._serve(live)
            except Changed:
                self._session = None
                continue
            except Exception as trouble:  # noqa: BLE001 - whatever it is, members wait for changes
                self._session = None
                self._say(trouble)
                await asyncio.sleep(min(_AT_MOST, _AGAIN_AFTER * 2**failures) * random.uniform(0.8, 1.2))  # noqa: S311
                failures += 1
            finally:
                self._session = None

    async def _serve(self, live: Session) -> None:
        self._session, self._trouble = live, None
        for member, told in tuple(self._members.items()):
            if told == SUBSCRIBED and not live.resumed:
                member.system("error", MISSED)
            self._members[member] = None
            await self._subscribe(live, member)
        self._wanted_at = asyncio.get_running_loop().time()
        await live.follow(self._is_wanted)
        self._wanted.clear()
        self._session = None

    def _is_wanted(self) -> bool:
        now = asyncio.get_running_loop().time()
        if self._members or self._attended or self._following.slot.name is not None:
            self._wanted_at = now
        return now - self._wanted_at < _LINGER

    async def _refresh(self, live: Session, _members: Iterable[Member]) -> None:
        """Subscribes all again whose tables are not what they were, those that were refused among them."""
        for member in tuple(self._members):
            await self._subscribe(live, member)

    async def _subscribe(self, live: Session, member: Member) -> None:
        identity = member.identity
        found: Sequence[tuple[int, Subscription]] = ()
        try:
            found = await live.resolved(member)
            told, message = "ok", SUBSCRIBED
        except Refused as refused:
            told, message = "error", str(refused)
        except (psycopg.OperationalError, psycopg.InterfaceError, Lost):
            return  # the session ends of it, and the next one subscribes all
        if member not in self._members or live is not self._session or identity is not member.identity:
            return  # it left meanwhile, or is being subscribed as another one
        live.register.put(member, found)
        if self._members[member] != message:
            self._members[member] = message
            member.system(told, message)
            if live.polled and told == "ok":
                member.system("ok", POLLED)

    def _say(self, trouble: Exception) -> None:
        expected = isinstance(trouble, (psycopg.Error, OSError, Ended, Lost, Malformed, Unfit, Behind))
        self._tell(f"changes: {trouble if expected else _traced(trouble)}")
        text = str(trouble) if isinstance(trouble, Unfit) else GONE
        if text != self._trouble:
            self._trouble = text
            for member in tuple(self._members):
                member.system("error", text)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (bug := task.exception()) is not None:
            self._tell(f"changes: {_traced(bug)}")


def _traced(bug: BaseException) -> str:
    return "".join(traceback.format_exception(bug))
