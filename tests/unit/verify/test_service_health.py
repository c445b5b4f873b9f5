"""Each of the three services: up only where it did what it is there for, unknown where nobody could ask it."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

from haulback.model.health import Service, State
from haulback.verify.api.access import Access
from haulback.verify.api.health import ask

SERVICE_KEY = "header.service-secret.signature"
ANON_KEY = "header.anon-secret.signature"
PATIENT, SOON = 10.0, 0.2


def access(port: int, **given: Any) -> Access:
    return Access(f"http://127.0.0.1:{port}", ("public",), **given)


@contextmanager
def answering(answer: Callable[[str, str, str], tuple[int, Any]]) -> Iterator[int]:
    """HTTP: `answer` gets method, path and the key, and gives status and document."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, document = answer(self.command, self.path, self.headers.get("apikey") or "")
            body = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_POST = handle_any  # noqa: N815 - as http.server calls them

        def log_message(self, *_: object) -> None: ...

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def talking(talk: Callable[[ServerConnection], None]) -> Iterator[int]:
    """WebSockets: `talk` is one conversation; all are over when this is."""
    conversations: list[threading.Thread] = []

    def conversation(socket: ServerConnection) -> None:
        conversations.append(threading.current_thread())
        talk(socket)

    with serve(conversation, "127.0.0.1", 0, compression=None) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.socket.getsockname()[1]
        finally:
            server.shutdown()
            thread.join()
            for one in conversations:
                one.join(10)


def phoenix(answers: Callable[[dict[str, Any]], list[dict[str, Any]]]) -> Callable[[ServerConnection], None]:
    """A conversation in which each message gets these answers."""

    def talk(socket: ServerConnection) -> None:
        for text in socket:
            for one in answers(json.loads(text)):
                socket.send(json.dumps(one))

    return talk


def reply(to: dict[str, Any], status: str = "ok", **response: Any) -> dict[str, Any]:
    return {**to, "event": "phx_reply", "payload": {"status": status, "response": response}}


# ── REST ──


def test_our_own_health_is_believed_both_ways():
    with answering(lambda *_: (200, {"status": "ok"})) as port:
        up = ask(access(port), Service.REST, PATIENT)
    with answering(lambda *_: (503, {"status": "unavailable"})) as port:
        down = ask(access(port), Service.REST, PATIENT)
    assert (up.state, down.state) == (State.UP, State.DOWN)
    assert up.milliseconds is not None
    assert down.milliseconds is None


def test_elsewhere_the_root_tells():
    with answering(
        lambda method, path, _: (200, b"") if (method, path) == ("HEAD", "/rest/v1/") else (404, {})
    ) as port:
        assert ask(access(port), Service.REST, PATIENT).state is State.UP


def test_a_table_that_is_called_health_tells_nothing():
    with answering(
        lambda _method, path, _: (200, []) if path.endswith("/health") else (500, {"code": "XX000"})
    ) as port:
        found = ask(access(port), Service.REST, PATIENT)
    assert found.state is State.DOWN
    assert "500" in found.told


def test_the_next_key_is_tried_where_one_is_refused_and_none_that_fits_is_unknown():
    def answer(_method: str, path: str, key: str) -> tuple[int, Any]:
        return (401, {"message": "no"}) if path.endswith("/health") or key != ANON_KEY else (200, b"")

    with answering(answer) as port:
        both = ask(access(port, service_token=SERVICE_KEY, api_key=ANON_KEY), Service.REST, PATIENT)
        one = ask(access(port, service_token=SERVICE_KEY), Service.REST, PATIENT)
    assert both.state is State.UP
    assert one.state is State.UNKNOWN
    assert "401 (with the key of service_role)" in one.told
    assert "secret" not in one.told


def test_nobody_there_is_down_and_no_address_is_unknown():
    with answering(lambda *_: (200, {})) as port:
        pass
    for service in Service:
        assert ask(access(port, service_token=SERVICE_KEY), service, PATIENT).state is State.DOWN
        found = ask(Access("http://example.test", ("public",), service_token=SERVICE_KEY), service, PATIENT)
        assert found.state is State.UNKNOWN
        assert "not https" in found.told


@pytest.mark.parametrize("service", Service)
def test_an_address_that_no_name_server_could_know_is_unknown(service):
    found = ask(Access(f"https://{'a' * 70}.test", ("public",), service_token=SERVICE_KEY), service, PATIENT)
    assert found.state is State.UNKNOWN


# ── GraphQL ──


@pytest.mark.parametrize(
    ("status", "answer", "state"),
    [
        (200, {"data": {"__typename": "Query"}}, State.UP),
        (200, {"data": None, "errors": [{"message": "pg_graphql extension is not enabled."}]}, State.DOWN),
        (200, {"data": {"__typename": None}}, State.DOWN),
        (200, {"data": ["Query"], "errors": "odd"}, State.DOWN),
        (200, ["Query"], State.DOWN),
        (200, b"<html>", State.DOWN),
        (404, {"message": "not found"}, State.DOWN),
        (302, b"", State.DOWN),
        (401, {"message": "no key"}, State.UNKNOWN),
    ],
)
def test_graphql_is_up_only_with_data(status, answer, state):
    asked: list[tuple[str, str]] = []

    def answers(method: str, path: str, _key: str) -> tuple[int, Any]:
        asked.append((method, path))
        return status, answer

    with answering(answers) as port:
        found = ask(access(port), Service.GRAPHQL, PATIENT)
    assert found.state is state
    assert asked == [("POST", "/graphql/v1")]


def test_graphql_that_is_not_enabled_says_so():
    answer = {"data": None, "errors": [{"message": "pg_graphql extension is not enabled."}]}
    with answering(lambda *_: (200, answer)) as port:
        assert "pg_graphql extension is not enabled." in ask(access(port), Service.GRAPHQL, PATIENT).told


# ── Realtime ──


def test_realtime_is_up_when_a_broadcast_came_back():
    said: list[dict[str, Any]] = []

    def answers(message: dict[str, Any]) -> list[dict[str, Any]]:
        said.append(message)
        return [message] if message["event"] == "broadcast" else [reply(message)]

    with talking(phoenix(answers)) as port:
        found = ask(access(port, service_token=SERVICE_KEY), Service.REALTIME, PATIENT)
    assert found.state is State.UP
    assert list(found.parts) == ["handshake", "join", "broadcast", "heartbeat"]
    assert found.milliseconds == pytest.approx(sum(found.parts.values()))
    join, broadcast, beat, leave = said
    assert [one["event"] for one in said] == ["phx_join", "broadcast", "heartbeat", "phx_leave"]
    assert join["topic"] == broadcast["topic"] == leave["topic"]
    assert join["payload"]["config"]["private"] is True
    assert join["payload"]["config"]["broadcast"]["self"] is True
    assert join["payload"]["access_token"] == SERVICE_KEY
    assert beat["topic"] == "phoenix"


def test_realtime_as_anon_joins_a_public_channel_of_its_own():
    topics: list[str] = []

    def answers(message: dict[str, Any]) -> list[dict[str, Any]]:
        if message["event"] == "phx_join":
            topics.append(message["topic"])
            assert message["payload"]["config"]["private"] is False
        return [message] if message["event"] == "broadcast" else [reply(message)]

    with talking(phoenix(answers)) as port:
        for _ in range(2):
            assert ask(access(port, api_key=ANON_KEY), Service.REALTIME, PATIENT).state is State.UP
    assert len(set(topics)) == 2


@pytest.mark.parametrize("silent", ["phx_join", "broadcast", "heartbeat"])
def test_realtime_that_swallows_something_is_down(silent):
    def answers(message: dict[str, Any]) -> list[dict[str, Any]]:
        if message["event"] == silent:
            return []
        return [message] if message["event"] == "broadcast" else [reply(message)]

    with talking(phoenix(answers)) as port:
        assert ask(access(port, api_key=ANON_KEY), Service.REALTIME, SOON).state is State.DOWN


def test_the_broadcast_of_somebody_else_is_not_ours():
    def answers(message: dict[str, Any]) -> list[dict[str, Any]]:
        other = {**message, "payload": {"type": "broadcast", "event": "health", "payload": {"nonce": "another"}}}
        return [other] if message["event"] == "broadcast" else [reply(message)]

    with talking(phoenix(answers)) as port:
        assert ask(access(port, api_key=ANON_KEY), Service.REALTIME, SOON).state is State.DOWN


@pytest.mark.parametrize(
    ("reason", "state"),
    [
        ("Unauthorized: You do not have permissions to read from this Channel topic", State.UNKNOWN),
        ("PrivateOnly: This project only allows private channels", State.UNKNOWN),
        ("DatabaseLackOfConnections: Database can't accept more connections", State.DOWN),
    ],
)
def test_a_join_that_is_refused_tells_whether_it_is_about_us(reason, state):
    with talking(phoenix(lambda message: [reply(message, "error", reason=reason)])) as port:
        found = ask(access(port, api_key=ANON_KEY), Service.REALTIME, PATIENT)
    assert found.state is state
    assert reason in found.told


@pytest.mark.parametrize(
    ("status", "state"), [(401, State.UNKNOWN), (403, State.UNKNOWN), (404, State.DOWN), (500, State.DOWN)]
)
def test_a_handshake_that_is_refused(status, state):
    with answering(lambda *_: (status, b"")) as port:
        found = ask(access(port, service_token=SERVICE_KEY), Service.REALTIME, PATIENT)
    assert found.state is state
    assert str(status) in found.told
    assert "secret" not in found.told


@pytest.mark.parametrize("odd", ["[]", "[1,2]", "{", "null", "[" * 100_000, '{"payload": 3}', b"\x04\x00"])
def test_odd_frames_are_passed_over(odd):
    def talk(socket: ServerConnection) -> None:
        for text in socket:
            message = json.loads(text)
            socket.send(odd)
            socket.send(json.dumps(message if message["event"] == "broadcast" else reply(message)))

    with talking(talk) as port:
        assert ask(access(port, api_key=ANON_KEY), Service.REALTIME, PATIENT).state is State.UP


def test_a_socket_that_is_closed_in_the_middle_is_down():
    def talk(socket: ServerConnection) -> None:
        socket.recv()
        socket.close()

    with talking(talk) as port:
        found = ask(access(port, api_key=ANON_KEY), Service.REALTIME, PATIENT)
    assert found.state is State.DOWN
    assert "closed" in found.told
