"""How Realtime is served."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RealtimeSettings:
    """The table `[realtime]`. The limits are those that Supabase documents for its largest plans.

    Attributes:
        serve: whether the API has `/realtime/v1`.
        private_only: whether public channels are refused.
        connections: sockets of one worker.
        channels: that one socket may be in.
        joins: a second, of one worker.
        messages: a second that come in to one worker from clients, presence not counted.
        presence_messages: a second, of one worker.
        presence_calls: of one channel of one socket, in `presence_window` seconds.
        payload: bytes of a broadcast, or of what one socket says of its presence in all its channels.
        unread: bytes that may wait for a client to read them; beyond, it is dropped.
        quiet: seconds after which a client that sends nothing, not even a heartbeat, is closed.
    """

    serve: bool = True
    private_only: bool = False
    connections: int = 10_000
    channels: int = 100
    joins: int = 2_500
    messages: int = 2_500
    presence_messages: int = 1_000
    presence_calls: int = 5
    presence_window: float = 30.0
    payload: int = 3 * 1024 * 1024
    unread: int = 4 * 1024 * 1024
    quiet: float = 60.0
