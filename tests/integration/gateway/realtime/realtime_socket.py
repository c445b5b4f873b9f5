"""A plain client of Realtime, that says and hears just what a test has it say."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import rest_api
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

if TYPE_CHECKING:
    from rest_api import Api

ANON = "anon"
Heard = tuple[str, str, Any]  # topic, event and payload


def token(role: str = ANON, user: str | None = None, *, lifetime: float = 3600, **claims: Any) -> str:
    """A token as Realtime wants it: with an end."""
    return rest_api.token(role, user, exp=int(time.time() + lifetime), **claims)


@dataclass
class Site:
    """One worker that serves Realtime."""

    api: Api

    def address(self, key: str | None = None, version: str = "1.0.0") -> str:
        return f"ws://127.0.0.1:{self.api.port}/realtime/v1/websocket?apikey={key or token()}&vsn={version}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.api.port}"

    @contextmanager
    def socket(self, key: str | None = None, version: str = "1.0.0", **more: Any) -> Iterator[Socket]:
        with connect(self.address(key, version), max_size=None, compression=None, **more) as connection:
            yield Socket(connection, version)

    def post(
        self,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        sent = {"apikey": key or token(), **(headers or {})}
        return httpx.post(f"{self.url}/realtime/v1{path}", json=body, content=content, headers=sent, timeout=30)


@dataclass
class Socket:
    """One WebSocket; `heard` is all that came."""

    connection: ClientConnection
    version: str
    heard: list[Heard] = field(default_factory=list)
    refs: int = 0

    def push(self, topic: str, event: str, payload: Any, *, join_ref: str | None = "1") -> str:
        self.refs += 1
        ref = str(self.refs)
        if self.version.startswith("1"):
            message: Any = {"topic": topic, "event": event, "payload": payload, "ref": ref, "join_ref": join_ref}
        else:
            message = [join_ref, ref, topic, event, payload]
        self.connection.send(json.dumps(message))
        return ref

    def next(self, timeout: float = 10) -> tuple[str | None, str, str, Any]:
        """The next message: ref, topic, event and payload."""
        message = self.connection.recv(timeout=timeout)
        if isinstance(message, bytes):
            return None, *_binary(message)
        read = json.loads(message)
        if isinstance(read, dict):
            return read["ref"], read["topic"], read["event"], read["payload"]
        _join_ref, ref, topic, event, payload = read
        return ref, topic, event, payload

    def until(self, event: str, topic: str | None = None) -> Any:
        """The payload of the next message of a kind; what comes before it is kept in `heard`."""
        while True:
            _ref, there, what, payload = self.next()
            if what == event and topic in {None, there}:
                return payload
            self.heard.append((there, what, payload))

    def reply(self, ref: str) -> Any:
        while True:
            replied, topic, event, payload = self.next()
            if event == "phx_reply" and replied == ref:
                return payload
            self.heard.append((topic, event, payload))

    def ask(self, topic: str, event: str, payload: Any, *, join_ref: str | None = "1") -> Any:
        """Says something that is replied to, and gives the reply."""
        return self.reply(self.push(topic, event, payload, join_ref=join_ref))

    def join(self, topic: str, config: Mapping[str, Any] | None = None, **more: Any) -> Any:
        return self.ask(topic, "phx_join", {"config": dict(config or {}), **more})

    def beat(self) -> None:
        """Waits until all that was said before has been heard."""
        assert self.ask("phoenix", "heartbeat", {}, join_ref=None) == {"status": "ok", "response": {}}

    def ended(self) -> int | None:
        """The code that the server closes with."""
        with contextlib.suppress(ConnectionClosed):
            while True:
                self.connection.recv(timeout=10)
        return self.connection.close_code


def _binary(message: bytes) -> tuple[str, str, Any]:
    assert message[0] == 4
    topic, event, meta, json_ = message[1], message[2], message[3], message[4]
    at = 5
    name, at = message[at : at + topic].decode(), at + topic
    user_event, at = message[at : at + event].decode(), at + event
    about, at = message[at : at + meta], at + meta
    payload: Any = json.loads(message[at:]) if json_ else message[at:]
    return (
        name,
        "broadcast",
        {
            "event": user_event,
            "payload": payload,
            "type": "broadcast",
            **({"meta": json.loads(about)} if about else {}),
        },
    )
