"""Members end when their tokens do, and what is kept of when does not grow with the tokens that they bring."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

from haulback.gateway.http.websocket import WebSocket
from haulback.gateway.realtime.serializers import VERSION_1, Sent, Serializer
from haulback.gateway.realtime.topics import Outward, Topics

ROOM = ("room", False)


@dataclass(eq=False)
class Member:
    expires: float
    socket: WebSocket = field(default=cast("WebSocket", None))
    serializer: Serializer = VERSION_1
    topic_text: bytes = b'"realtime:room"'
    held: list[Sent] | None = None
    hears: bool = True
    sees: bool = True
    ended: int = 0

    def was_replayed(self, message: str) -> bool:
        raise AssertionError(message)

    def expire(self) -> None:
        self.ended += 1


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def _topics(clock: Clock) -> Topics:
    return Topics(cast("Outward", None), lambda _wanted: None, clock)


def _sweep(topics: Topics, clock: Clock, now: float) -> None:
    clock.now = now
    topics.sweep()


def test_the_token_that_came_last_counts() -> None:
    clock = Clock()
    topics, member = _topics(clock), Member(10.0)
    topics.enter(ROOM, member)
    for ends in (30.0, 20.0):
        member.expires = ends
        topics.watch(member)
    _sweep(topics, clock, 15.0)
    assert member.ended == 0
    _sweep(topics, clock, 20.0)
    assert member.ended == 1
    _sweep(topics, clock, 40.0)
    assert member.ended == 1


def test_a_token_without_an_end_and_a_leave_are_the_end_of_watching() -> None:
    clock = Clock()
    topics, stays, leaves = _topics(clock), Member(10.0), Member(10.0)
    topics.enter(ROOM, stays)
    topics.enter(ROOM, leaves)
    stays.expires = float("inf")
    topics.watch(stays)
    topics.leave(ROOM, leaves, "holder")
    _sweep(topics, clock, 20.0)
    assert (stays.ended, leaves.ended) == (0, 0)


def test_tokens_and_joins_without_end_are_not_kept() -> None:
    clock = Clock()
    topics, member = _topics(clock), Member(1000.0)
    topics.enter(ROOM, member)
    most = 0
    for number in range(5_000):
        member.expires = 1000.0 + number % 2
        topics.watch(member)
        passing = Member(2000.0)
        topics.enter(ROOM, passing)
        topics.leave(ROOM, passing, "holder")
        most = max(most, len(topics._expiring))
    assert most < 100
    _sweep(topics, clock, 1001.0)
    assert member.ended == 1
