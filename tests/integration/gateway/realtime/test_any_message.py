"""Whatever a client says, the worker answers or closes that client, and others never notice."""

from __future__ import annotations

import json
import socket as plain
import struct
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from realtime_socket import Site, Socket, token
from rest_api import served
from websockets.exceptions import ConnectionClosed

from haulback.model.realtime import RealtimeSettings

if TYPE_CHECKING:
    from conftest import Database

SAID = {"type": "broadcast", "event": "witness", "payload": {}}
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=12,
)
topics = st.sampled_from(
    ["phoenix", "realtime:", "realtime:room", "realtime:realtime:room", "realtime:\0", "realtime:é'\";--", "", "room"]
)
events = st.sampled_from(
    [
        "phx_join",
        "phx_leave",
        "phx_close",
        "phx_reply",
        "heartbeat",
        "broadcast",
        "presence",
        "access_token",
        "postgres_changes",
        "system",
        "",
    ]
) | st.text(max_size=8)
config = st.fixed_dictionaries(
    {},
    optional={
        "broadcast": values | st.fixed_dictionaries({}, optional={"ack": values, "self": values, "replay": values}),
        "presence": values | st.fixed_dictionaries({}, optional={"enabled": values, "key": values}),
        "private": st.booleans() | values,
        "postgres_changes": values
        | st.lists(
            st.fixed_dictionaries(
                {},
                optional={
                    name: values | st.just("*") for name in ("id", "event", "schema", "table", "filter", "select")
                },
            ),
            max_size=3,
        ),
    },
)
payloads = (
    values
    | st.fixed_dictionaries({"config": config | values}, optional={"access_token": values})
    | st.fixed_dictionaries({"event": st.sampled_from(["track", "untrack", "TRACK", "x"]), "payload": values})
    | st.fixed_dictionaries({"access_token": values})
)
refs = st.none() | st.text(max_size=5) | st.integers(-5, 5) | values
objects = st.fixed_dictionaries(
    {},
    optional={"topic": topics | values, "event": events | values, "payload": payloads, "ref": refs, "join_ref": refs},
)
arrays = st.tuples(refs, refs, topics, events, payloads).map(list)
texts = (
    (objects | arrays | values).map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=60)
    | st.text(max_size=60).map(str.encode)
)
binaries = st.binary(max_size=60) | st.builds(
    lambda sizes, encoding, rest: bytes((3, *sizes, encoding)) + rest,
    st.lists(st.integers(0, 20), min_size=5, max_size=5),
    st.integers(0, 2),
    st.binary(max_size=120),
)


@pytest.fixture
def lively(database: Database) -> Iterator[Site]:
    """A worker that hears as much as it is told."""
    limits = RealtimeSettings(messages=1_000_000, joins=1_000_000, presence_calls=1_000, presence_messages=100_000)
    with served(database, realtime=limits) as api:
        yield Site(api)


def masked(opcode: int, payload: bytes) -> bytes:
    head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, len(payload))
    return head + bytes(4) + payload


def witnessed(site: Site, do: Any) -> None:
    """Two members hear each other before and after something is done, and hear nothing else."""
    with site.socket() as one, site.socket(version="2.0.0") as two:
        one.join("realtime:witness", {"broadcast": {"ack": True}})
        two.join("realtime:witness")
        do()
        assert one.ask("realtime:witness", "broadcast", SAID) == {"status": "ok", "response": {}}
        assert two.until("broadcast") == SAID
        two.beat()
        one.beat()
        assert one.heard == two.heard == []
    assert [line for line in site.api.said if "Error(" in line or "Traceback" in line] == []


def drain(socket: Socket) -> None:
    """Waits until the worker has gone through what was said, or has closed."""
    try:
        socket.connection.ping().wait(10)
    except ConnectionClosed:
        assert socket.connection.close_code in {1000, 1002, 1007, 1008, 1009}


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    messages=st.lists(texts.map(lambda text: (1, text)) | binaries.map(lambda data: (2, data)), max_size=12),
    version=st.sampled_from(["1.0.0", "2.0.0"]),
)
def test_whatever_is_said(lively: Site, messages: list[tuple[int, bytes]], version: str) -> None:
    def do() -> None:
        with lively.socket(version=version) as socket:
            socket.join("realtime:room", {"presence": {"enabled": True, "key": "x"}})
            for opcode, message in messages:
                try:
                    if opcode == 1:
                        socket.connection.send(message, text=True)
                    else:
                        socket.connection.send(message)
                except ConnectionClosed:
                    break
            drain(socket)

    witnessed(lively, do)


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
def test_what_cannot_be_read_is_passed_over(lively: Site, version: str) -> None:
    with lively.socket(version=version) as socket:
        for text in (
            b"",
            b"{",
            b"\xff\xfe",
            b"[" * 4_000_000,
            b"[[[[]]]]",
            b'{"topic":1,"event":2}',
            b"null",
            b"1e999",
        ):
            socket.connection.send(text, text=True)
        for data in (b"", b"\x03", b"\x03" + b"\xff" * 7, b"\x00" * 100, b"\x04" + b"\x00" * 10):
            socket.connection.send(data)
        socket.beat()
        assert socket.heard == []
        infinite = '{"topic":"realtime:a","event":"phx_join","payload":{"config":{"private":1e999}},"ref":"9"}'
        socket.connection.send(infinite if version == "1.0.0" else '["9","9","realtime:a","phx_join",{"a":1e999}]')
        assert socket.reply("9")["status"] == "ok"


def test_a_payload_beyond_the_limit_is_refused_and_one_beyond_all_ends_the_socket(lively: Site) -> None:
    with lively.socket() as socket, lively.socket() as listener:
        listener.join("realtime:room")
        socket.join("realtime:room", {"broadcast": {"ack": True}})
        large = {**SAID, "payload": "x" * (3 * 1024 * 1024)}
        assert socket.ask("realtime:room", "broadcast", large) == {
            "status": "error",
            "response": {"reason": "payload_size_exceeded"},
        }
        with suppress(ConnectionClosed):
            socket.connection.send("x" * 10_000_000)
        assert socket.ended() == 1009
        listener.beat()
        assert listener.heard == []


def test_a_client_that_reads_nothing_is_dropped_and_the_others_hear_on(database: Database) -> None:
    limits = RealtimeSettings(messages=1_000_000, unread=300_000)
    with served(database, realtime=limits) as api:
        site = Site(api)
        deaf = plain.create_connection(("127.0.0.1", api.port))
        deaf.sendall(
            f"GET /realtime/v1/websocket?apikey={token()} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\n"
            "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
        )
        join = {"topic": "realtime:room", "event": "phx_join", "payload": {}, "ref": "1", "join_ref": "1"}
        deaf.sendall(masked(1, json.dumps(join).encode()))
        while b"phx_reply" not in deaf.recv(65536):
            pass
        with site.socket() as one, site.socket() as two:
            one.join("realtime:room", {"broadcast": {"ack": True}})
            two.join("realtime:room")
            for _ in range(200):
                one.ask("realtime:room", "broadcast", {**SAID, "payload": "x" * 100_000})
                two.until("broadcast")
        deaf.settimeout(10)
        heard = 0
        try:
            while part := deaf.recv(1 << 20):
                heard += len(part)
        except ConnectionResetError:
            pass
        deaf.close()
        assert heard < 16_000_000  # it was cut off long before the end


def test_a_client_that_reads_is_not_dropped_for_what_others_said_before_it_came(site: Site) -> None:
    large = {"type": "presence", "event": "track", "payload": {"x": "y" * 2_900_000}}
    with ExitStack() as stack:
        late = stack.enter_context(site.socket())
        for key in "abcd":
            socket = stack.enter_context(site.socket())
            socket.join("realtime:room", {"presence": {"key": key}})
            assert socket.ask("realtime:room", "presence", large)["status"] == "ok"
        assert late.join("realtime:room", {"presence": {"enabled": True}})["status"] == "ok"
        assert late.until("presence_state").keys() == set("abcd")
        late.beat()


@pytest.mark.parametrize(
    ("flood", "code"),
    [
        ({"topic": "realtime:room", "event": "phx_join", "payload": {}, "ref": "1"}, 1008),
        ({"topic": "nowhere", "event": "x", "payload": {}, "ref": "1"}, 1008),
        ({"topic": "phoenix", "event": "heartbeat", "payload": {}, "ref": "1"}, 1008),
        ({"nothing": "that can be read"}, 1008),
    ],
)
def test_a_flood_ends_its_own_socket(database: Database, flood: dict[str, Any], code: int) -> None:
    with served(database, realtime=RealtimeSettings(joins=20, messages=20)) as api:
        site = Site(api)
        with site.socket() as socket:
            for _ in range(2000):
                try:
                    socket.connection.send(json.dumps(flood))
                except ConnectionClosed:
                    break
            assert socket.ended() == code
        with site.socket() as another:
            another.beat()


def test_a_flood_of_broadcasts_ends_the_channel_with_the_servers_words(database: Database) -> None:
    with served(database, realtime=RealtimeSettings(messages=20)) as api, Site(api).socket() as socket:
        socket.join("realtime:room")
        for _ in range(200):
            socket.push("realtime:room", "broadcast", SAID)
        assert socket.until("system")["message"] == "Too many messages per second"
        assert socket.until("phx_close") == {}


def test_presence_called_too_often_ends_the_channel(site: Site) -> None:
    with site.socket() as socket:
        socket.join("realtime:room")
        for number in range(6):
            socket.push("realtime:room", "presence", {"event": "track", "payload": {"n": number}})
        assert socket.until("system")["message"] == "Client presence rate limit exceeded"
        assert socket.until("phx_close") == {}


def track(size: int) -> dict[str, Any]:
    return {"event": "track", "payload": {"x": "y" * size}}


def test_what_one_socket_tracks_is_bounded_in_all_its_channels(site: Site) -> None:
    with site.socket() as socket:
        for number in range(4):
            socket.join(f"realtime:{number}")
        for number in (0, 1, 0):
            assert socket.ask(f"realtime:{number}", "presence", track(1_500_000))["status"] == "ok"
        socket.push("realtime:2", "presence", track(200_000))
        assert socket.until("system")["message"] == "Track message size exceeded"
        assert socket.until("phx_close", "realtime:2") == {}
        # What is not said any more, and of a channel that was left, does not count.
        assert socket.ask("realtime:1", "presence", {"event": "untrack"})["status"] == "ok"
        assert socket.ask("realtime:1", "presence", track(1_000_000))["status"] == "ok"
        assert socket.ask("realtime:0", "phx_leave", {})["status"] == "ok"
        assert socket.ask("realtime:3", "presence", track(2_000_000))["status"] == "ok"


def test_what_is_tracked_in_one_channel_is_bounded(site: Site) -> None:
    with ExitStack() as stack:
        sockets = [stack.enter_context(site.socket()) for _ in range(6)]
        for number, socket in enumerate(sockets):
            socket.join("realtime:room", {"presence": {"key": str(number)}})
            tracked = socket.ask("realtime:room", "presence", track(3_000_000))["status"]
            assert tracked == ("ok" if number < 5 else "error")
        assert sockets[0].ask("realtime:room", "presence", track(2_900_000))["status"] == "ok"
        assert sockets[5].ask("realtime:room", "presence", track(1_000_000))["status"] == "ok"
        assert sockets[1].ask("realtime:room", "phx_leave", {})["status"] == "ok"
        assert sockets[5].ask("realtime:room", "presence", track(3_000_000))["status"] == "ok"


# What can be read, but not at every depth, or not as a number of Python that is written again.
HARD = ["18446744073709551616", *("[" * depth + "]" * depth for depth in range(900, 1000, 5))]


def test_whatever_is_tracked_others_come_and_go(site: Site) -> None:
    for number, value in enumerate(HARD):
        with site.socket() as first, site.socket() as other:
            topic = f"realtime:room-{number}"
            first.join(topic)
            tracked = '{"topic":"%s","event":"presence","ref":"t","payload":{"event":"track","payload":{"n":%s}}}'
            first.connection.send(tracked % (topic, value))
            first.push("phoenix", "heartbeat", {})
            until(first, '"topic":"phoenix"')
            other.push(topic, "phx_join", {"config": {"presence": {"enabled": True}}})
            until(other, '"presence_state"')
            first.push(topic, "phx_leave", {})
            until(first, '"phx_close"')
            other.push(topic, "phx_join", {"config": {"presence": {"enabled": True}}})
            until(other, '"presence_state","payload":{}')


@pytest.mark.parametrize("asked", ['{"presence":{"key":%s}}', '{"postgres_changes":[{"table":"notes","n":%s}]}'])
def test_a_join_that_cannot_be_said_again_is_refused_and_the_socket_stays(site: Site, asked: str) -> None:
    with site.socket() as socket:
        for value in HARD:
            join = '{"topic":"realtime:room","event":"phx_join","ref":"j","payload":{"config":%s}}'
            socket.connection.send(join % (asked % value))
        socket.push("phoenix", "heartbeat", {})
        until(socket, '"topic":"phoenix"')


def until(socket: Socket, text: str) -> None:
    """Waits for a message with a text; what is so deep is nothing that the client of the tests reads."""
    while text not in str(socket.connection.recv(timeout=10)):
        pass


def test_channels_and_sockets_are_counted(database: Database) -> None:
    with served(database, realtime=RealtimeSettings(channels=2, connections=2)) as api:
        site = Site(api)
        with site.socket() as one, site.socket() as two:
            for name, status in (("a", "ok"), ("b", "ok"), ("c", "error"), ("a", "ok")):
                assert one.join(f"realtime:{name}")["status"] == status
            reply = two.join("realtime:a")
            assert reply["status"] == "ok"
            assert one.join("realtime:c")["response"] == {"reason": "ChannelRateLimitReached: Too many channels"}
            with pytest.raises(Exception, match="HTTP 429"), site.socket():
                pass


def test_topics_are_taken_as_they_are_and_never_for_one_another(site: Site) -> None:
    names = ["a", "A", "a ", "a\0", "realtime:a", "á", "a\u0301", "%61", "*", "'; drop table x; --", "x" * 300]
    with site.socket(version="2.0.0") as socket, site.socket() as other:
        for name in names:
            assert socket.join(f"realtime:{name}")["status"] == "ok"
            other.join(f"realtime:{name}", {"broadcast": {"ack": True}})
            other.ask(f"realtime:{name}", "broadcast", {**SAID, "payload": {"to": name}})
            ref, topic, event, payload = socket.next()
            assert (ref, topic, event, payload["payload"]) == (None, f"realtime:{name}", "broadcast", {"to": name})
        for name in ("x" * 1025, "ö" * 400_000):
            assert socket.join(f"realtime:{name}")["response"] == {
                "reason": "InvalidTopic: The name of a topic has at most 1024 characters"
            }
        assert socket.join("realtime:a", {"presence": {"key": "x" * 100_000}})["response"] == {
            "reason": "InvalidJoinPayload: The payload of a join has at most 100000 bytes"
        }
        assert socket.join("realtime:")["response"] == {"reason": "TopicNameRequired: You must provide a topic name"}
        assert socket.join("other:a")["response"] == {"reason": "unmatched topic"}
