"""Joining, leaving, hearts and broadcasts, with both serializers."""

from __future__ import annotations

import pytest
from realtime_socket import Site

OK = {"status": "ok", "response": {}}
JOINED = {"status": "ok", "response": {"postgres_changes": []}}
both = pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])


@both
def test_a_channel_is_joined_and_left(site: Site, version: str) -> None:
    with site.socket(version=version) as socket:
        assert socket.join("realtime:room") == JOINED
        assert socket.ask("realtime:room", "phx_leave", {}) == OK
        assert socket.until("phx_close") == {}
        assert socket.ask("realtime:room", "broadcast", {}) == {
            "status": "error",
            "response": {"reason": "unmatched topic"},
        }


@both
def test_a_heart_beats(site: Site, version: str) -> None:
    with site.socket(version=version) as socket:
        socket.beat()


@both
def test_members_hear_a_broadcast_and_its_sender_only_if_it_wants_to(site: Site, version: str) -> None:
    said = {"type": "broadcast", "event": "move", "payload": {"x": 1}}
    with site.socket(version=version) as one, site.socket(version="2.0.0") as two, site.socket() as three:
        one.join("realtime:room", {"broadcast": {"self": True}})
        two.join("realtime:room")
        three.join("realtime:elsewhere", {"broadcast": {"self": True}})
        one.push("realtime:room", "broadcast", said)
        assert one.until("broadcast") == said
        assert two.until("broadcast") == said
        two.push("realtime:room", "broadcast", said)
        assert one.until("broadcast") == said
        for socket in (two, three):
            socket.beat()
            assert socket.heard == []


@both
def test_a_broadcast_is_acknowledged_where_that_was_asked_for(site: Site, version: str) -> None:
    with site.socket(version=version) as socket:
        socket.join("realtime:room", {"broadcast": {"ack": "true"}})
        assert socket.ask("realtime:room", "broadcast", {"event": "x", "payload": {}}) == OK
