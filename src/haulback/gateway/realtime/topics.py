"""The channels of one worker: who is in which, and what they are handed."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Protocol

from haulback.gateway.http.websocket import WebSocket
from haulback.gateway.realtime.members import Message
from haulback.gateway.realtime.presence import Diff, Entry, Present
from haulback.gateway.realtime.serializers import Sent, Serializer

Name = tuple[str, bool]  # of a channel, without `realtime:`, and whether it is private


class Listener(Protocol):
    """A member as the channel it is in sees it. What is said while `held` is a list is for it to send later."""

    socket: WebSocket
    serializer: Serializer
    topic_text: bytes
    held: list[Sent] | None

    @property
    def expires(self) -> float:
        """Seconds since 1970 after which it gets nothing."""

    @property
    def hears(self) -> bool:
        """Whether it may read broadcasts."""

    @property
    def sees(self) -> bool:
        """Whether it may read who is present."""

    def was_replayed(self, message: str) -> bool:
        """Whether it has had a message of this id."""

    def expire(self) -> None:
        """Ends it: its token has."""


class Outward(Protocol):
    """Tells the other workers."""

    def broadcast(self, name: Name, sent: Sent) -> None:
        """Of a broadcast."""

    def present(self, name: Name, entry: Entry) -> None:
        """Of a member that is present, or says something else of itself."""

    def absent(self, name: Name, holder: str) -> None:
        """Of a member that is present no more."""


class _Topic:
    __slots__ = ("members", "present")

    def __init__(self) -> None:
        self.members: dict[Listener, None] = {}
        self.present = Present()


class Topics:
    """All channels that somebody here is in, or is present in elsewhere.

    Args:
        outward: tells the other workers.
        attended: told whether anybody is in a channel, whenever that changes.
        clock: seconds since 1970.
    """

    def __init__(self, outward: Outward, attended: Callable[[bool], None], clock: Callable[[], float]) -> None:
        self._outward = outward
        self._attended = attended
        self._clock = clock
        self._topics: dict[Name, _Topic] = {}
        # When members end, those among it that have left or have another token; and which are still meant.
        self._expiring: list[tuple[float, int]] = []
        self._ending: dict[int, Listener] = {}
        self._watched: dict[Listener, tuple[float, int]] = {}
        self._count = 0
        self._live = 0

    # members

    def enter(self, name: Name, member: Listener) -> None:
        topic = self._topics.get(name)
        if topic is None:
            topic = self._topics[name] = _Topic()
        topic.members[member] = None
        self._live += 1
        if self._live == 1:
            self._attended(True)  # noqa: FBT003 - a plain function
        self.watch(member)

    def leave(self, name: Name, member: Listener, holder: str) -> None:
        """Forgets a member, and that it was present."""
        self._unwatch(member)
        topic = self._topics.get(name)
        if topic is None or member not in topic.members:
            return
        del topic.members[member]
        self._live -= 1
        if not self._live:
            self._attended(False)  # noqa: FBT003 - a plain function
        self.untrack(name, holder)
        self._drop(name, topic)

    def watch(self, member: Listener) -> None:
        """Ends the member when its token does; again after it has had another."""
        ends = member.expires
        if ends == self._watched.get(member, (None, 0))[0]:
            return
        self._unwatch(member)
        if ends == float("inf"):
            return
        self._count += 1
        self._watched[member], self._ending[self._count] = (ends, self._count), member
        heapq.heappush(self._expiring, (ends, self._count))
        if len(self._expiring) > 64 + 2 * len(self._watched):
            # Most are of members that left or have another token: a client may bring new ones without end.
            self._expiring = list(self._watched.values())
            heapq.heapify(self._expiring)

    def _unwatch(self, member: Listener) -> None:
        _, number = self._watched.pop(member, (None, 0))
        self._ending.pop(number, None)

    def sweep(self) -> None:
        """Ends those whose token has ended."""
        now = self._clock()
        while self._expiring and self._expiring[0][0] <= now:
            member = self._ending.get(heapq.heappop(self._expiring)[1])
            if member is not None:
                self._unwatch(member)
                member.expire()

    # broadcasts

    def broadcast(self, name: Name, sent: Sent, *, origin: Listener | None = None) -> None:
        """Hands a broadcast to the members here and elsewhere, but not to `origin`."""
        self.deliver(name, sent, origin=origin)
        self._outward.broadcast(name, sent)

    def deliver(self, name: Name, sent: Sent, *, origin: Listener | None = None) -> None:
        """Hands a broadcast to the members here."""
        topic = self._topics.get(name)
        if topic is None:
            return
        now = self._clock()
        frames: dict[Serializer, bytes | None] = {}
        for member in tuple(topic.members):
            if member is origin or not member.hears or (sent.id is not None and member.was_replayed(sent.id)):
                continue
            if member.expires <= now:
                member.expire()
                continue
            if member.held is not None:
                member.held.append(sent)
                continue
            serializer = member.serializer
            if serializer not in frames:
                frames[serializer] = serializer.write_broadcast(member.topic_text, sent)
            frame = frames[serializer]
            if frame is not None:
                member.socket.send_raw(frame)

    def send_from_database(self, message: Message, *, everywhere: bool = False) -> None:
        """Hands on a row of realtime.messages."""
        name, sent = (message.topic, message.private), of_row(message)
        if everywhere:
            self.broadcast(name, sent)
        else:
            self.deliver(name, sent)

    # presence

    def present(self, name: Name) -> Present:
        topic = self._topics.get(name)
        return Present() if topic is None else topic.present

    def track(self, name: Name, entry: Entry) -> None:
        """Says here and elsewhere that a member is present."""
        self.appear(name, entry)
        self._outward.present(name, entry)

    def untrack(self, name: Name, holder: str) -> None:
        """Says here and elsewhere that a member is present no more, if it was."""
        if self.vanish(name, holder):
            self._outward.absent(name, holder)

    def appear(self, name: Name, entry: Entry) -> None:
        """Says here that a member, wherever it is, is present."""
        topic = self._topics.get(name)
        if topic is None:
            topic = self._topics[name] = _Topic()
        self._tell(topic, topic.present.put(entry))

    def vanish(self, name: Name, holder: str) -> bool:
        """Says here that a member is present no more; whether it was."""
        topic = self._topics.get(name)
        if topic is None:
            return False
        diff = topic.present.take(holder)
        self._tell(topic, diff)
        self._drop(name, topic)
        return bool(diff)

    def vanish_all(self, of: Callable[[str], bool]) -> None:
        """Says here that all those are gone whose holder is such a one."""
        for name, topic in tuple(self._topics.items()):
            self._tell(topic, topic.present.take_all(e.holder for e in topic.present.entries() if of(e.holder)))
            self._drop(name, topic)

    def all_present(self, of: Callable[[str], bool]) -> list[tuple[Name, Entry]]:
        """The entries whose holder is such a one."""
        topics = self._topics.items()
        return [(name, entry) for name, topic in topics for entry in topic.present.entries() if of(entry.holder)]

    def _tell(self, topic: _Topic, diff: Diff) -> None:
        if not diff:
            return
        text = diff.text()
        now = self._clock()
        for member in tuple(topic.members):
            if member.sees and member.expires > now:
                member.socket.send_raw(member.serializer.write(None, None, member.topic_text, "presence_diff", text))

    def _drop(self, name: Name, topic: _Topic) -> None:
        if not topic.members and not topic.present:
            self._topics.pop(name, None)


def of_row(message: Message, *, replayed: bool = False) -> Sent:
    """A row of realtime.messages as a broadcast."""
    meta = None
    if message.id is not None:
        told = b',"replayed":true' if replayed else b""
        meta = b'{"id":"%b"%b}' % (message.id.encode(), told)
    return Sent(message.event, message.payload, binary=message.binary, meta=meta, id=message.id)
