"""What workers tell each other: broadcasts, and who is present where.

Each worker answers for the members of its own sockets. One that comes, or that missed something, asks the others for
all of theirs; one that goes says so; one that is silent for too long is taken for dead, and its members for gone. One
that has heard of no other for a while keeps to itself what only others would want to know.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from haulback.gateway.realtime.bus import BEAT, Bus
from haulback.gateway.realtime.presence import Entry
from haulback.gateway.realtime.serializers import Sent
from haulback.gateway.realtime.topics import Name, Topics

_SILENT = 6 * BEAT  # seconds after which a worker is dead
_ANSWERED = 2 * BEAT  # seconds within which others, if there are any, have answered
MISSED = "Messages of other servers may have been missed"


class _Broadcast(msgspec.Struct, tag="b", array_like=True):
    name: Name
    event: str
    payload: bytes
    binary: bool
    whole: bytes | None
    meta: bytes | None
    id: str | None


class _Present(msgspec.Struct, tag="p", array_like=True):
    name: Name
    holder: str
    key: str
    ref: str
    payload: bytes
    previous: str | None


class _Absent(msgspec.Struct, tag="a", array_like=True):
    name: Name
    holder: str


class _Held(msgspec.Struct, tag="h", array_like=True):
    """Who is present at a worker; what they say of themselves comes for each of them in a message of its own."""

    holders: list[str]


class _Word(msgspec.Struct, tag="w", array_like=True):
    what: Literal["beat", "ask", "bye"]


_Said = _Broadcast | _Present | _Absent | _Held | _Word
_encode = msgspec.msgpack.encode
_decode = msgspec.msgpack.Decoder(_Said).decode


class Together:
    """One worker among the others; the Outward of its topics, and the Ear of its bus.

    Args:
        bus: to the others.
        worker: the name of this one.
        steady: seconds that only go forward.
        missed: told when members here may have missed broadcasts of others.
    """

    def __init__(self, bus: Bus, worker: str, steady: Callable[[], float], missed: Callable[[], None]) -> None:
        self._bus = bus
        self._worker = worker
        self._steady = steady
        self._tell_missed = missed
        self._topics: Topics | None = None
        self._last: dict[str, float] = {}
        self._sure = float("inf")

    async def begin(self, topics: Topics) -> None:
        """Joins the others.

        Raises:
            psycopg.Error: PostgreSQL cannot be reached.
        """
        self._topics = topics
        await self._bus.begin(self)
        self._sure = self._steady() + _ANSWERED
        self._say(_Word("ask"))

    async def end(self) -> None:
        self._say(_Word("bye"))
        await self._bus.end()

    # outward

    def broadcast(self, name: Name, sent: Sent) -> None:
        self._say_if_heard(_Broadcast(name, sent.event, sent.payload, sent.binary, sent.whole, sent.meta, sent.id))

    def present(self, name: Name, entry: Entry) -> None:
        self._say_if_heard(_told(name, entry))

    def absent(self, name: Name, holder: str) -> None:
        self._say_if_heard(_Absent(name, holder))

    # inward

    def heard(self, worker: str, message: bytes) -> None:
        known = worker in self._last
        self._last[worker] = self._steady()
        if not known:
            self._say(_Word("ask"))
        try:
            said = _decode(message)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return  # of another version, or of nobody
        if self._topics is not None:
            self._take(self._topics, worker, said)

    def _take(self, topics: Topics, worker: str, said: _Said) -> None:
        match said:
            case _Broadcast():
                sent = Sent(said.event, said.payload, said.binary, said.whole, said.meta, said.id)
                topics.deliver(said.name, sent)
            case _Present():
                if said.holder.startswith(f"{worker}."):
                    topics.appear(said.name, _entry(said))
            case _Absent():
                if said.holder.startswith(f"{worker}."):
                    topics.vanish(said.name, said.holder)
            case _Held():
                there = frozenset(said.holders)
                topics.vanish_all(lambda holder: holder.startswith(f"{worker}.") and holder not in there)
            case _Word():
                self._take_word(topics, worker, said.what)

    def missed(self) -> None:
        """Asks for all that is present, and lets members know."""
        self._sure = self._steady() + _ANSWERED
        self._say(_Word("ask"))
        self._tell_missed()

    def beat(self, *, others: bool) -> None:
        """Shows that this worker lives, if somebody may want to know, and buries those that do not."""
        if others:
            self._say(_Word("beat"))
        else:
            self._say_if_heard(_Word("beat"))
        now = self._steady()
        for worker in [worker for worker, last in self._last.items() if now - last > _SILENT]:
            self._bury(worker)

    def _take_word(self, topics: Topics, worker: str, what: str) -> None:
        if what == "ask":
            # Not all in one message: that has a bound, and what many say of themselves has not.
            mine = list(topics.all_present(lambda holder: holder.startswith(f"{self._worker}.")))
            self._say(_Held([entry.holder for _, entry in mine]))
            for name, entry in mine:
                self._say(_told(name, entry))
        elif what == "bye":
            self._bury(worker)

    def _bury(self, worker: str) -> None:
        self._last.pop(worker, None)
        self._bus.forget(worker)
        if self._topics is not None:
            self._topics.vanish_all(lambda holder: holder.startswith(f"{worker}."))

    def _say_if_heard(self, message: msgspec.Struct) -> None:
        if self._last or not self._bus.hearing or self._steady() < self._sure:
            self._say(message)

    def _say(self, message: msgspec.Struct) -> None:
        self._bus.send(_encode(message))


def _told(name: Name, entry: Entry) -> _Present:
    return _Present(name, entry.holder, entry.key, entry.ref, entry.payload, entry.previous)


def _entry(said: _Present) -> Entry:
    return Entry(said.holder, said.key, said.ref, said.payload, said.previous)
