"""Broadcasts by plain requests: what is sent, and what is refused with which words."""

from __future__ import annotations

import pytest
from realtime_socket import Site, token

BLANK = ["can't be blank"]
MESSAGE = {"topic": "room", "event": "x", "payload": {"a": 1}}


def test_many_at_once(site: Site) -> None:
    with site.socket() as one, site.socket(version="2.0.0") as two:
        one.join("realtime:room")
        two.join("realtime:other")
        other = {**MESSAGE, "topic": "other", "id": "11111111-1111-4111-8111-111111111111"}
        answer = site.post("/api/broadcast", {"messages": [MESSAGE, other]})
        assert (answer.status_code, answer.content) == (202, b"")
        assert one.until("broadcast") == {"event": "x", "payload": {"a": 1}, "type": "broadcast"}
        assert two.until("broadcast")["meta"] == {"id": other["id"]}


def test_an_id_is_handed_on_whatever_it_is(site: Site) -> None:
    with site.socket() as socket:
        socket.join("realtime:room")
        assert site.post("/api/broadcast", {"messages": [{**MESSAGE, "id": 2**64}]}).status_code == 202
        assert socket.until("broadcast")["meta"] == {"id": 2**64}


def test_one_by_its_path_as_json_and_as_bytes(site: Site) -> None:
    path = "/api/broadcast/caf%C3%A9%3A1/events/up%2Fdate"
    with site.socket() as one, site.socket(version="2.0.0") as two:
        one.join("realtime:café:1")
        two.join("realtime:café:1")
        assert site.post(path, {"a": "ü"}).status_code == 202
        expected = {"event": "up/date", "payload": {"a": "ü"}, "type": "broadcast"}
        assert one.until("broadcast") == expected
        assert two.until("broadcast") == expected
        octets = {"Content-Type": "application/octet-stream"}
        assert site.post(path, content=b"\x00\xff", headers=octets).status_code == 202
        assert two.until("broadcast")["payload"] == b"\x00\xff"
        one.beat()
        assert one.heard == []  # version 1.0.0 cannot say bytes


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        ({}, {"messages": BLANK}),
        ([], {"messages": BLANK}),
        ({"messages": []}, {"messages": BLANK}),
        ({"messages": "x"}, {"messages": ["is invalid"]}),
        ({"messages": [{"topic": "t"}, MESSAGE]}, {"messages": [{"payload": BLANK, "event": BLANK}, {}]}),
        ({"messages": [{**MESSAGE, "payload": "x"}]}, {"messages": [{"payload": ["is invalid"]}]}),
        ({"messages": [1, [], "x"]}, {"messages": [dict.fromkeys(("topic", "payload", "event"), BLANK)] * 3}),
        ({"messages": [{**MESSAGE, "event": 1e300}]}, {"messages": [{"event": ["is invalid"]}]}),
        ({"messages": [{**MESSAGE, "private": 3}]}, {"messages": [{"private": ["is invalid"]}]}),
        (
            {"messages": [{**MESSAGE, "payload": {"a": "x" * 3_200_000}}]},
            {"messages": [{"payload": ["Payload size exceeds tenant limit"]}]},
        ),
    ],
)
def test_a_batch_with_a_fault_is_refused_whole(site: Site, body: object, errors: object) -> None:
    with site.socket() as socket:
        socket.join("realtime:room")
        answer = site.post("/api/broadcast", body)
        assert (answer.status_code, answer.json()) == (422, {"errors": errors})
        socket.beat()
        assert socket.heard == []


@pytest.mark.parametrize(
    ("path", "given", "status", "body"),
    [
        ("/api/broadcast", {"content": b"{"}, 400, {"message": "Bad Request"}),
        ("/api/broadcast", {"content": b"[" * 100_000}, 400, {"message": "Bad Request"}),
        (
            "/api/broadcast",
            {"content": b'{"messages":[{"topic":1e999}]' + b" " * 9_000_000 + b"}"},
            413,
            {"message": "Request Entity Too Large"},
        ),
        ("/api/broadcast/a/events/b", {"content": b"\xff"}, 400, {"message": "Bad Request"}),
        ("/api/broadcast/a/b/c", {"body": {}}, 404, {"message": "not found"}),
        ("/api/broadcast/a/events/b/c", {"body": {}}, 404, {"message": "not found"}),
        ("/api/broadcast/%20/events/b", {"body": {}}, 422, {"errors": {"topic": BLANK}}),
        (
            "/api/broadcast/a/events/b",
            {"content": b"x", "headers": {"Content-Type": "text/plain"}},
            415,
            {"error": "Unsupported Media Type. Use application/json or application/octet-stream"},
        ),
        (
            "/api/broadcast/a/events/b",
            {"content": b'"%b"' % (b"x" * 3_200_000)},
            422,
            {"errors": {"payload": ["Payload size exceeds tenant limit"]}},
        ),
        ("/api/broadcast", {"body": {}, "key": "nonsense"}, 401, {"message": "Unauthorized"}),
        ("/api/broadcast", {"body": {}, "key": token(lifetime=-1)}, 401, {"message": "Unauthorized"}),
        (
            "/api/broadcast",
            {"body": {"messages": [MESSAGE] * 13_000}},
            429,
            {"message": "Too many messages to broadcast, please reduce the batch size"},
        ),
    ],
)
def test_what_is_refused(site: Site, path: str, given: dict[str, object], status: int, body: object) -> None:
    answer = site.post(path, **given)
    assert (answer.status_code, answer.json()) == (status, body)
