"""One socket: its messages go to the channels it is in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from haulback.gateway.http.websocket import TOO_MUCH, WebSocket
from haulback.gateway.realtime.channel import Channel
from haulback.gateway.realtime.credentials import PUBLISHABLE
from haulback.gateway.realtime.joining import PREFIX, joined
from haulback.gateway.realtime.rates import Rate
from haulback.gateway.realtime.rejected import Rejected
from haulback.gateway.realtime.serializers import Malformed, Push, Serializer, value_of

if TYPE_CHECKING:
    from haulback.gateway.realtime.endpoint import Realtime

_encode = msgspec.json.encode
_EMPTY = b"{}"
_LONGEST = 1024  # characters of a topic: each is kept for as long as the channel is open
_LARGEST = 100_000  # bytes of a join, for the same reason
_AT_LARGE = 50.0  # messages a second, on average, that are for no channel: hearts, and what cannot be read
_UNMATCHED = b'{"reason":"unmatched topic"}'


class Session:
    """Takes the messages of a socket.

    Args:
        realtime: of the worker.
        socket: that it speaks over.
        serializer: that the client has chosen.
        token: of the socket, for channels that bring none.
        headers: JSON text of what policies may know of the request.

    Attributes:
        waiting: bytes of its messages that wait for the database.
        shown: bytes that it says of itself in all its channels.
    """

    __slots__ = ("_at_large", "_channels", "_token", "headers", "realtime", "serializer", "shown", "socket", "waiting")

    def __init__(
        self, realtime: Realtime, socket: WebSocket, serializer: Serializer, token: str, headers: bytes
    ) -> None:
        self.realtime = realtime
        self.socket = socket
        self.serializer = serializer
        self._token = token
        self.headers = headers
        self._at_large = Rate(_AT_LARGE)
        self._channels: dict[str, Channel] = {}
        self.waiting = 0
        self.shown = 0

    def text(self, message: bytes) -> None:
        try:
            push = self.serializer.read_text(message)
        except Malformed:
            self._ignored()
        else:
            self._take(push)

    def binary(self, message: bytes) -> None:
        try:
            push = self.serializer.read_binary(message)
        except Malformed:
            self._ignored()
        else:
            self._take(push)

    def gone(self) -> None:
        self.realtime.left(self)
        for channel in tuple(self._channels.values()):
            channel.leave()
        self._channels.clear()

    def tell(self, status: str, message: str) -> None:
        """Says something in every channel."""
        for channel in tuple(self._channels.values()):
            channel.tell(status, message)

    def _take(self, push: Push) -> None:
        channel = self._channels.get(push.topic)
        if push.topic == "phoenix" and push.event == "heartbeat":
            if self._is_calm():
                self.reply(push, "ok", _EMPTY)
        elif push.event == "phx_join":
            self._join(push, channel)
        elif channel is not None:
            if push.event != "phx_leave" or push.join_ref is None or push.join_ref == channel.join_ref:
                channel.take(push)
        elif push.event == "phx_leave":
            self.reply(push, "ok", _EMPTY)
        else:
            self._unmatched(push)

    def _unmatched(self, push: Push) -> None:
        if self._is_calm():
            self.reply(push, "error", _UNMATCHED)

    def _ignored(self) -> None:
        """Nothing is said of a message that cannot be read, as Supabase's server does; but it counts."""
        self._is_calm()

    def _is_calm(self) -> bool:
        if self._at_large.take(self.realtime.steady()):
            return True
        self.flooded()
        return False

    def flooded(self) -> None:
        """Ends the socket: it says more than can be heard."""
        self.socket.close(TOO_MUCH, "too many messages")

    # joins

    def _join(self, push: Push, before: Channel | None) -> None:
        if not push.topic.startswith(PREFIX):
            self._unmatched(push)
            return
        if before is not None:
            before.close()
        try:
            self._admit(push)
        except Rejected as rejected:
            self.refuse(push, rejected)

    def _admit(self, push: Push) -> None:
        realtime = self.realtime
        if push.topic == PREFIX:
            raise Rejected("TopicNameRequired", "You must provide a topic name")
        if len(push.topic) > _LONGEST:
            raise Rejected("InvalidTopic", f"The name of a topic has at most {_LONGEST} characters")
        if push.size > _LARGEST:
            raise Rejected("InvalidJoinPayload", f"The payload of a join has at most {_LARGEST} bytes")
        if not realtime.joins.take(realtime.steady()):
            self.reply(push, "error", _encode({"reason": "ClientJoinRateLimitReached: Too many joins per second"}))
            self.socket.close(TOO_MUCH, "too many joins")
            return
        join = joined(value_of(push.payload))
        if realtime.settings.private_only and not join.private:
            raise Rejected("PrivateOnly", "This project only allows private channels")
        if len(self._channels) >= realtime.settings.channels:
            raise Rejected("ChannelRateLimitReached", "Too many channels")
        token = join.token if join.token is not None and not join.token.startswith(PUBLISHABLE) else self._token
        identity = realtime.credentials.verified(token)
        if join.replay is not None and not join.private:
            raise Rejected("UnableToReplayMessages", "Replay is not allowed for public channels")
        channel = Channel(self, push, join, identity, token)
        self._channels[push.topic] = channel
        channel.begin(push)

    def refuse(self, push: Push, rejected: Rejected) -> None:
        """Says why a join is none."""
        channel = self._channels.pop(push.topic, None)
        if channel is not None:
            channel.leave()
        self.reply(push, "error", _encode({"reason": rejected.reason}))

    def forget(self, channel: Channel) -> None:
        """A channel that has ended."""
        if self._channels.get(channel.topic) is channel:
            del self._channels[channel.topic]

    def reply(self, push: Push, status: str, response: bytes) -> None:
        payload = b'{"status":"%b","response":%b}' % (status.encode(), response)
        self.socket.send_raw(self.serializer.write(push.join_ref, push.ref, _encode(push.topic), "phx_reply", payload))
