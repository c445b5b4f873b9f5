"""Follows the database for the members of one worker, and takes up the thread when it tears."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress

import psycopg

from haulback.gateway.realtime.changes import session
from haulback.gateway.realtime.changes.asking import Lost
from haulback.gateway.realtime.changes.checking import Refused
from haulback.gateway.realtime.changes.pgoutput import Malformed
from haulback.gateway.realtime.changes.session import Changed, Following, Session, Unfit
from haulback.gateway.realtime.changes.stream import Ended
from haulback.gateway.realtime.members import Hub, Member, Message

SUBSCRIBED = "Subscribed to PostgreSQL"
MISSED = "Reconnected to PostgreSQL: changes in between may be missing"
_AGAIN_AFTER = 0.25  # seconds, doubled with each failure
_AT_MOST = 10.0


class Feed:
    """Changes of tables for members.

    Args:
        following: what is followed.
        hub: that broadcasts of the database go to.
        tell: takes a line for the log.
    """

    def __init__(self, following: Following, hub: Hub | None, tell: Callable[[str], None]) -> None:
        self._following = following
        self._hub = hub
        self._tell = tell
        self._members: dict[Member, bool] = {}  # whether each was told that it is subscribed
        self._session: Session | None = None
        self._wanted = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._trouble: str | None = None

    def begin(self) -> None:
        """Follows as soon as there is a member."""
        self._start(self._run())

    async def end(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        for task in tuple(self._tasks):
            with suppress(asyncio.CancelledError):
                await task

    def join(self, member: Member) -> None:
        """Subscribes a member; says so once what is committed from then on will be delivered."""
        self._members[member] = False
        self._wanted.set()
        if self._session is not None:
            self._start(self._subscribe(self._session, member))
        elif self._trouble is not None:
            member.system("error", self._trouble)

    def renew(self, member: Member) -> None:
        """The member's identity is another one."""
        if member in self._members:
            self.join(member)

    def leave(self, member: Member) -> None:
        self._members.pop(member, None)
        if self._session is not None:
            self._session.register.drop(member)

    def look_again(self) -> None:
        """Something of the schema may have changed."""
        if self._session is not None:
            self._session.look_again()

    async def replay(self, topic: str, since: int, limit: int) -> Sequence[Message]:
        """The newest private broadcasts of a topic, the oldest of them first."""
        raise NotImplementedError

    async def _run(self) -> None:
        failures = 0
        while True:
            await self._wanted.wait()
            try:
                async with session.opened(self._following, self._tell) as live:
                    failures = 0
                    await self._serve(live)
            except Changed:
                continue
            except (psycopg.Error, OSError, Ended, Lost, Malformed, Unfit) as trouble:
                self._say(trouble)
            finally:
                self._session = None
            failures += 1
            await asyncio.sleep(min(_AT_MOST, _AGAIN_AFTER * 2**failures) * random.uniform(0.8, 1.2))  # noqa: S311

    async def _serve(self, live: Session) -> None:
        self._session, self._trouble = live, None
        for member in tuple(self._members):
            await self._subscribe(live, member)
        await live.follow()

    async def _subscribe(self, live: Session, member: Member) -> None:
        try:
            await live.subscribe(member)
        except Refused as refused:
            live.register.drop(member)
            member.system("error", str(refused))
            return
        except (psycopg.OperationalError, psycopg.InterfaceError):
            return  # the session ends of it, and the next one subscribes all
        if member not in self._members:  # left meanwhile
            live.register.drop(member)
            return
        if live is self._session:
            again = self._members[member]
            self._members[member] = True
            member.system("ok", MISSED if again else SUBSCRIBED)

    def _say(self, trouble: Exception) -> None:
        text = str(trouble) if isinstance(trouble, Unfit) else "The connection to PostgreSQL is gone"
        self._tell(f"changes: {trouble}")
        if text != self._trouble:
            self._trouble = text
            for member in tuple(self._members):
                member.system("error", text)

    def _start(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
