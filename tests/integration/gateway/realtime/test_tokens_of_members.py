"""Tokens that are good, that are not, and that end in the middle."""

from __future__ import annotations

import time

import httpx
import jwt
import pytest
import rest_api
from realtime_socket import Site, token
from websockets.exceptions import InvalidStatus

SAID = {"type": "broadcast", "event": "x", "payload": {}}
ELSEWHERE = jwt.encode({"role": "anon", "exp": 9_999_999_999}, "another-" + "s" * 40, algorithm="HS256")
NO_END = rest_api.token("anon")
NO_ROLE = jwt.encode({"exp": 9_999_999_999}, rest_api.SECRET, algorithm="HS256")


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("nonsense", "MalformedJWT: The token provided is not a valid JWT"),
        ("a.b.c", "MalformedJWT: The token provided is not a valid JWT"),
        (ELSEWHERE, "JwtSignatureError: Failed to validate JWT signature"),
        (NO_END, "InvalidJWTToken: Fields `role` and `exp` are required in JWT"),
        (NO_ROLE, "InvalidJWTToken: Fields `role` and `exp` are required in JWT"),
    ],
)
def test_a_join_with_a_bad_token_is_refused_with_its_reason(site: Site, given: str, reason: str) -> None:
    with site.socket() as socket:
        reply = socket.join("realtime:room", access_token=given)
        assert reply == {"status": "error", "response": {"reason": reason}}
        socket.beat()


@pytest.mark.parametrize("ago", [5, 3600])
def test_a_join_with_a_token_that_has_ended_says_how_long_ago(site: Site, ago: int) -> None:
    with site.socket() as socket:
        reason = socket.join("realtime:room", access_token=token(lifetime=-ago))["response"]["reason"]
        begins, seconds, ends = reason.partition(str(ago))[0], ago, " seconds ago"
        assert begins.startswith("InvalidJWTToken: Token has expired ")
        assert reason.endswith(ends)
        assert seconds


def test_a_key_that_is_no_token_stands_for_the_sockets_own(site: Site) -> None:
    with site.socket() as socket:
        assert socket.join("realtime:room", access_token="sb_publishable_1234")["status"] == "ok"
        socket.push("realtime:room", "access_token", {"access_token": "sb_publishable_1234"})
        socket.push("realtime:room", "access_token", {"access_token": None})
        socket.push("realtime:room", "access_token", {})
        socket.push("realtime:room", "access_token", [])
        socket.beat()
        assert socket.heard == []


def test_nothing_is_heard_once_the_token_has_ended(site: Site) -> None:
    ends = int(time.time()) + 2
    with site.socket() as one, site.socket() as two:
        one.join("realtime:room", access_token=rest_api.token("anon", exp=ends))
        two.join("realtime:room", {"broadcast": {"ack": True}})
        told = one.until("system")
        assert time.time() >= ends
        assert (told["status"], told["extension"]) == ("error", "system")
        assert told["message"].startswith("Token has expired ")
        assert one.until("phx_close") == {}
        two.ask("realtime:room", "broadcast", SAID)
        one.beat()
        assert [event for _topic, event, _payload in one.heard] == []


def test_a_new_token_keeps_the_channel_open(site: Site) -> None:
    ends = int(time.time()) + 2
    with site.socket() as one, site.socket() as two:
        one.join("realtime:room", access_token=rest_api.token("anon", exp=ends))
        two.join("realtime:room", {"broadcast": {"ack": True}})
        one.push("realtime:room", "access_token", {"access_token": token()})
        one.beat()
        time.sleep(max(0, ends + 1 - time.time()))
        two.ask("realtime:room", "broadcast", SAID)
        assert one.until("broadcast") == SAID
        assert one.heard == []


def test_a_bad_new_token_ends_the_channel_and_no_other(site: Site) -> None:
    with site.socket() as socket:
        socket.join("realtime:room")
        socket.join("realtime:other")
        socket.push("realtime:room", "access_token", {"access_token": ELSEWHERE})
        told = socket.until("system", "realtime:room")
        assert told == {
            "extension": "system",
            "status": "error",
            "message": "Failed to validate JWT signature",
            "channel": "room",
        }
        assert socket.until("phx_close") == {}
        assert socket.ask("realtime:room", "x", {})["response"] == {"reason": "unmatched topic"}
        socket.push("realtime:other", "x", {})
        socket.beat()
        assert socket.heard == []


@pytest.mark.parametrize(
    ("key", "status", "error"),
    [
        ("nonsense", 401, "The token provided is not a valid JWT"),
        (ELSEWHERE, 401, "Failed to validate JWT signature"),
        (NO_END, 401, "Fields `role` and `exp` are required in JWT"),
    ],
)
def test_a_socket_is_not_opened_with_a_bad_key(site: Site, key: str, status: int, error: str) -> None:
    with pytest.raises(InvalidStatus) as refused, site.socket(key):
        pass
    response = refused.value.response
    assert response.status_code == status
    assert response.body == f'{{"error":"{error}"}}'.encode()


def test_a_socket_is_not_opened_without_a_key_or_with_an_unknown_version(site: Site) -> None:
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    url = f"{site.url}/realtime/v1/websocket"
    assert httpx.get(url, headers=headers).json() == {"error": "API key is missing"}
    assert httpx.get(f"{url}?apikey={token()}&vsn=9.9.9", headers=headers).status_code == 403
    assert httpx.get(f"{url}?apikey={token()}").status_code == 426
    assert httpx.get(f"{site.url}/realtime/v1/nothing").status_code == 404
