"""One socket in one channel."""

from __future__ import annotations

from collections import deque
from collections.abc import Coroutine, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from haulback.gateway.auth.identity import Identity
from haulback.gateway.http.websocket import WebSocket
from haulback.gateway.realtime.authorization import Policies, Unauthorized
from haulback.gateway.realtime.credentials import PUBLISHABLE
from haulback.gateway.realtime.joining import PREFIX, Join, Replay
from haulback.gateway.realtime.members import Binding, Message
from haulback.gateway.realtime.presence import Said, tracked
from haulback.gateway.realtime.rates import Window
from haulback.gateway.realtime.rejected import Rejected
from haulback.gateway.realtime.serializers import Push, Ref, Sent, Serializer, fields_of, value_of
from haulback.gateway.realtime.topics import Name, of_row

if TYPE_CHECKING:
    from haulback.gateway.realtime.session import Session

_encode = msgspec.json.encode
_EMPTY = b"{}"
_LONGEST_TOKEN = 100_000  # bytes of what brings one
# What of one channel, and of one socket, waits for the database to have answered for the messages before.
_MOST_WAITING, _MOST_BYTES = 1000, 8_000_000
_MOST_PRESENT = 16_000_000  # bytes of those present in one channel: whoever joins gets all of them at once


class Channel:
    """A member: what it asked for, who it is, and what it may.

    Args:
        session: of the socket.
        push: the join.
        join: its payload.
        identity: of its token.
        token: the token.
    """

    __slots__ = (
        "_busy",
        "_calls",
        "_replayed",
        "_session",
        "_shown",
        "_token",
        "_waiting",
        "closed",
        "held",
        "holder",
        "identity",
        "join",
        "join_ref",
        "name",
        "policies",
        "serializer",
        "socket",
        "topic",
        "topic_text",
    )

    def __init__(self, session: Session, push: Push, join: Join, identity: Identity, token: str) -> None:
        self._session = session
        self._token = token
        self._busy = False
        self._waiting: deque[Push] = deque()
        self._calls: Window | None = None
        self._shown = 0
        self._replayed: frozenset[str] = frozenset()
        self.socket: WebSocket = session.socket
        self.serializer: Serializer = session.serializer
        self.identity = identity
        self.join = join
        self.join_ref: Ref = push.join_ref if push.join_ref is not None else push.ref
        self.topic = push.topic
        self.topic_text = _encode(push.topic)
        self.name: Name = (push.topic.removeprefix(PREFIX), join.private)
        self.policies: Policies | None = Policies() if join.private else None
        self.holder = session.realtime.holder()
        self.held: list[Sent] | None = None
        self.closed = False

    # what others know of it

    @property
    def bindings(self) -> tuple[Binding, ...]:
        return self.join.bindings

    @property
    def expires(self) -> float:
        return self.identity.expires

    @property
    def hears(self) -> bool:
        return self.policies is None or self.policies.hears is True

    @property
    def sees(self) -> bool:
        return self.held is None and (self.policies is None or self.policies.sees is True)

    def was_replayed(self, message: str) -> bool:
        return message in self._replayed

    def changed(self, ids: Sequence[int], data: bytes) -> None:
        """Delivers a change of a table, unless the token has ended."""
        if self.closed:
            return
        if self.expires <= self._session.realtime.clock():
            self.expire()
            return
        self._write(None, "postgres_changes", b'{"ids":%b,"data":%b}' % (_encode(list(ids)), data))

    def system(self, status: str, message: str) -> None:
        """Says something of the changes of tables."""
        self._say("postgres_changes", status, message)

    def broadcast(self, event: str, payload: bytes, meta: Mapping[str, Any] | None) -> None:
        """Delivers a broadcast to this member alone."""
        if not self.closed:
            self._send(Sent(event, payload, meta=None if meta is None else _encode(meta)))

    def tell(self, status: str, message: str) -> None:
        """Says something of the channel as a whole."""
        self._say("system", status, message)

    def expire(self) -> None:
        if not self.closed:
            self.shut_down(self._session.realtime.credentials.expired(self.expires).message)

    # joining

    def begin(self, push: Push) -> None:
        """Enters, at once where nothing has to be asked of the database."""
        if self.policies is None:
            self._enter(push)
        else:
            self._later(self._enter_private(push))

    async def _enter_private(self, push: Push) -> None:
        messages: Sequence[Message] = ()
        try:
            await self._may_read()
            # Who has left meanwhile must not enter: nobody would ever take it out again.
            if self.join.replay is not None and not self.closed:
                messages = await self._replayed_messages(self.join.replay)
        except Rejected as rejected:
            if not self.closed:
                self._session.refuse(push, rejected)
            return
        if self.closed:
            return
        self._replayed = frozenset(message.id for message in messages if message.id is not None)
        self._enter(push)
        for message in messages:
            self._send(of_row(message, replayed=True))
        held, self.held = self.held or (), None
        for sent in held:
            if sent.id is None or not self.was_replayed(sent.id):
                self._send(sent)

    async def _replayed_messages(self, replay: Replay) -> Sequence[Message]:
        """What was said before; what is said meanwhile is held until that has been sent, so that nothing is missed."""
        if not self.hears:
            raise Rejected("Unauthorized", self._no_permission())
        self.held = []
        self._session.realtime.topics.enter(self.name, self)
        return await self._session.realtime.replay(self.name[0], replay)

    async def _may_read(self) -> None:
        """Asks the policies anew for the identity there is.

        Raises:
            Rejected: it may read nothing.
        """
        policies = Policies()
        presence = self.join.presence or (self.policies is not None and self.policies.sees is not None)
        try:
            await self._session.realtime.authorization.read(
                policies, self.identity, self.name[0], self._session.headers, presence=presence
            )
        except Unauthorized as refused:
            self._session.realtime.tell_of(refused)
            if refused.by_policy:
                raise Rejected("Unauthorized", self._no_permission()) from refused
            raise Rejected(refused.code, refused.message) from refused
        if not policies.hears and not policies.sees:
            raise Rejected("Unauthorized", self._no_permission())
        self.policies = policies

    def _no_permission(self) -> str:
        return f"You do not have permissions to read from this Channel topic: {self.name[0]}"

    def _enter(self, push: Push) -> None:
        realtime = self._session.realtime
        if self.held is None:
            realtime.topics.enter(self.name, self)
        self._reply(push, "ok", b'{"postgres_changes":%b}' % self.join.echo)
        if self.join.presence and (self.policies is None or self.policies.sees):
            self._write(self.join_ref, "presence_state", realtime.topics.present(self.name).text())
        if self.bindings:
            realtime.changes.join(self)
        if self.join.ready:
            realtime.start(self._tell_when_ready())

    async def _tell_when_ready(self) -> None:
        if await self._session.realtime.followed():
            self.tell("ok", "Replication connection established")
        else:
            self.shut_down("Replication connection was not established in time")

    # messages

    def take(self, push: Push) -> None:
        """One message of the client, after those before it."""
        if not self._busy:
            self._take(push)
        elif len(self._waiting) < _MOST_WAITING and self._session.waiting + push.size <= _MOST_BYTES:
            self._session.waiting += push.size
            self._waiting.append(push)
        else:
            self._session.flooded()

    def _take(self, push: Push) -> None:
        if push.event == "phx_leave":
            self._reply(push, "ok", _EMPTY)
            self.close()
        elif push.event == "broadcast":
            self._broadcast(push)
        elif push.event == "presence":
            self._presence(push)
        elif push.event == "access_token":
            self._renew(push)

    def _later(self, work: Coroutine[None, None, None]) -> None:
        """Does something that waits for the database; what the client says meanwhile waits for it."""
        self._busy = True
        self._session.realtime.start(self._worked(work))

    async def _worked(self, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        finally:
            self._busy = False
            while self._waiting and not self._busy and not self.closed:
                push = self._waiting.popleft()
                self._session.waiting -= push.size
                self._take(push)

    # broadcasts

    def _broadcast(self, push: Push) -> None:
        realtime = self._session.realtime
        if not realtime.messages.take(realtime.steady()):
            self.shut_down("Too many messages per second")
            return
        policies = self.policies
        if policies is None or policies.speaks is True:
            self._send_on(push)
        elif policies.speaks is None:
            self._later(self._broadcast_if_allowed(push, policies))

    async def _broadcast_if_allowed(self, push: Push, policies: Policies) -> None:
        if await self._may_write(policies, presence=False) and policies.speaks and not self.closed:
            self._send_on(push)

    async def _may_write(self, policies: Policies, *, presence: bool) -> bool:
        try:
            await self._session.realtime.authorization.write(
                policies, self.identity, self.name[0], self._session.headers, presence=presence
            )
        except Unauthorized as refused:
            self._session.realtime.tell_of(refused)
            return False
        return True

    def _send_on(self, push: Push) -> None:
        sent = push.sent
        if sent is None:
            if not push.payload.startswith(b"{"):
                return
            sent = Sent("", b"", whole=push.payload)
        size = len(sent.payload) if sent.whole is None else len(sent.whole)
        if size > self._session.realtime.settings.payload:
            if self.join.ack:
                self._reply(push, "error", b'{"reason":"payload_size_exceeded"}')
            return
        self._session.realtime.topics.broadcast(self.name, sent, origin=None if self.join.itself else self)
        if self.join.ack:
            self._reply(push, "ok", _EMPTY)

    def _send(self, sent: Sent) -> None:
        frame = self.serializer.write_broadcast(self.topic_text, sent)
        if frame is not None:
            self.socket.send_raw(frame)

    # presence

    def _presence(self, push: Push) -> None:
        realtime = self._session.realtime
        if push.size > realtime.settings.payload:
            self.shut_down("Track message size exceeded")
            return
        payload = fields_of(push.payload) or {}
        event = value_of(bytes(payload.get("event", b"null")))
        if not isinstance(event, str):
            self._reply(push, "ok", _EMPTY)
            return
        if self._calls is None:
            self._calls = Window(realtime.settings.presence_calls, realtime.settings.presence_window)
        if not self._calls.take(realtime.steady()):
            self.shut_down("Client presence rate limit exceeded")
            return
        if event.lower() == "track":
            self._track(push, fields_of(bytes(payload.get("payload", _EMPTY))))
        elif event.lower() == "untrack":
            realtime.topics.untrack(self.name, self.holder)
            self._show(0)
            self._reply(push, "ok", _EMPTY)
        else:
            self._reply(push, "error", _EMPTY)

    def _track(self, push: Push, payload: Said | None) -> None:
        policies = self.policies
        if policies is not None and policies.appears is None:
            self._later(self._track_if_allowed(push, payload, policies))
        elif policies is not None and not policies.appears:
            self._reply(push, "error", _EMPTY)
        elif payload is None:
            self._reply(push, "error", b'{"reason":"Presence track payload must be a map"}')
        else:
            self._appear(push, payload)

    async def _track_if_allowed(self, push: Push, payload: Said | None, policies: Policies) -> None:
        realtime = self._session.realtime
        try:
            if policies.sees is None:
                await realtime.authorization.read(
                    policies, self.identity, self.name[0], self._session.headers, presence=True
                )
            await realtime.authorization.write(
                policies, self.identity, self.name[0], self._session.headers, presence=True
            )
        except Unauthorized as refused:
            realtime.tell_of(refused)
            policies.appears = False
        if not self.closed:
            self._track(push, payload)

    def _appear(self, push: Push, payload: Said) -> None:
        realtime = self._session.realtime
        present = realtime.topics.present(self.name)
        entry = tracked(present, self.holder, self.join.key, payload)
        if entry is not None:
            size = len(entry.payload)
            if self._session.shown - self._shown + size > realtime.settings.payload:
                self.shut_down("Track message size exceeded")
                return
            if present.size_with(entry) > _MOST_PRESENT:
                self._reply(push, "error", _EMPTY)
                return
            if not realtime.presence_messages.take(realtime.steady()):
                self.shut_down("Too many presence messages per second")
                return
            realtime.topics.track(self.name, entry)
            self._show(size)
        self._reply(push, "ok", _EMPTY)

    def _show(self, size: int) -> None:
        """Takes note of how many bytes it says of itself."""
        self._session.shown += size - self._shown
        self._shown = size

    # tokens

    def _renew(self, push: Push) -> None:
        payload = value_of(push.payload) if push.size < _LONGEST_TOKEN else None
        token = payload.get("access_token") if isinstance(payload, dict) else None
        if not isinstance(token, str) or token.startswith(PUBLISHABLE) or token == self._token:
            return
        self._token = token
        try:
            self.identity = self._session.realtime.credentials.verified(token)
        except Rejected as rejected:
            self.shut_down(rejected.message)
            return
        self._session.realtime.topics.watch(self)
        if self.policies is None:
            self._renewed()
        else:
            self._later(self._renew_private(self.policies))

    async def _renew_private(self, before: Policies) -> None:
        try:
            await self._may_read()
        except Rejected as rejected:
            self.shut_down(rejected.message)
            return
        now = self.policies
        if now is None or (before.hears and now.hears is False) or (before.sees and now.sees is False):
            self.shut_down(f"You no longer have permission to read from this Channel topic: {self.name[0]}")
            return
        self._renewed()

    def _renewed(self) -> None:
        if self.bindings and not self.closed:
            self._session.realtime.changes.renew(self)

    # the end

    def shut_down(self, why: str) -> None:
        """Ends the channel from this side."""
        if not self.closed:
            self.tell("error", why)
            self.close()

    def close(self) -> None:
        """Leaves, and says so."""
        if self.closed:
            return
        self.leave()
        self._session.forget(self)
        self.socket.send_raw(self.serializer.write(self.join_ref, self.join_ref, self.topic_text, "phx_close", _EMPTY))

    def leave(self) -> None:
        """Leaves without a word: the socket is gone, or is told by whoever calls."""
        self.closed = True
        self._session.waiting -= sum(push.size for push in self._waiting)
        self._waiting.clear()
        self._show(0)
        self._session.realtime.topics.leave(self.name, self, self.holder)
        if self.bindings:
            self._session.realtime.changes.leave(self)

    def _say(self, extension: str, status: str, message: str) -> None:
        if self.closed:
            return
        payload = {"extension": extension, "status": status, "message": message, "channel": self.name[0]}
        self._write(self.join_ref, "system", _encode(payload))

    def _write(self, join_ref: Ref, event: str, payload: bytes) -> None:
        self.socket.send_raw(self.serializer.write(join_ref, None, self.topic_text, event, payload))

    def _reply(self, push: Push, status: str, response: bytes) -> None:
        self._session.reply(push, status, response)
