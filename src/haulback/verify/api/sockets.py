"""A client of Realtime for probes: one WebSocket, Phoenix messages as JSON objects (version 1.0.0)."""

from __future__ import annotations

import json
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.sync.client import ClientConnection, connect

from haulback.verify._stage import NoAnswer
from haulback.verify.api.address import Address, CannotAsk

PHOENIX = "phoenix"
_LARGEST = 2 * 1024 * 1024  # bytes of a message; a change has at most half of that
_KEPT = 64  # messages that nobody asked for yet
_CLOSING = 1.0  # seconds that the other side has to say goodbye
_REFUSED, _MISSING = (401, 403), 404
# How the reasons begin that are about who asks, and not about whether Realtime is well.
_ABOUT_US = ("Unauthorized", "InvalidJWT", "MalformedJWT", "JwtSign", "MissingAPIKey", "MissingClaims", "Private")


class NotServed(NoAnswer):
    """There is no Realtime at that address."""


class Refused(CannotAsk):
    """Realtime is there, and lets a key or token of ours do nothing."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of either side."""

    topic: str
    event: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    ref: str | None = None

    @property
    def is_ok(self) -> bool:
        return self.payload.get("status") == "ok"

    @property
    def reason(self) -> str:
        """Why a push was refused."""
        response = self.payload.get("response")
        return str(response.get("reason") or response) if isinstance(response, dict) else str(response or "")


class Socket:
    """One open WebSocket; every wait on it ends."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self._refs = count(1)
        self._waiting: deque[Message] = deque(maxlen=_KEPT)

    def join(self, topic: str, config: Mapping[str, Any], token: str | None, seconds: float) -> Message:
        """Joins a channel; the answer is ok.

        Args:
            topic: with `realtime:` before it.
            config: what is listened to, as the protocol has it.
            token: whom the channel is joined as; None where the key of the socket says that.
            seconds: that the answer may take.

        Raises:
            Refused: not with this token.
            NoAnswer: it did not come about.
        """
        payload = {"config": dict(config), **({"access_token": token} if token else {})}
        reply = self.reply(self.push(topic, "phx_join", payload), seconds)
        if reply is None:
            raise NoAnswer("Realtime does not answer to a join")
        if not reply.is_ok:
            kind = Refused if reply.reason.startswith(_ABOUT_US) else NoAnswer
            raise kind(f"Realtime refuses a join: {reply.reason}")
        return reply

    def push(self, topic: str, event: str, payload: Mapping[str, Any]) -> str:
        """Sends a message; returns the reference that its reply will bear.

        Raises:
            NoAnswer: the socket is closed.
        """
        ref = str(next(self._refs))
        joined = {"join_ref": ref} if event == "phx_join" else {}
        try:
            self._connection.send(
                json.dumps({"topic": topic, "event": event, "payload": dict(payload), "ref": ref, **joined})
            )
        except (OSError, WebSocketException) as failure:
            raise NoAnswer(f"Realtime closed the socket: {_named(failure)}") from None
        return ref

    def reply(self, ref: str, seconds: float) -> Message | None:
        """The reply to a push; None where it does not come in time."""
        return self.heard(lambda one: one.event == "phx_reply" and one.ref == ref, seconds)

    def heard(self, wanted: Callable[[Message], bool], seconds: float) -> Message | None:
        """The first message that is wanted, of those that came already too; None where none comes in time.

        Raises:
            NoAnswer: the socket is closed.
        """
        for one in self._waiting:
            if wanted(one):
                self._waiting.remove(one)
                return one
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            message = self._received(left)
            if message is not None and wanted(message):
                return message
            if message is not None:
                self._waiting.append(message)
        return None

    def _received(self, seconds: float) -> Message | None:
        try:
            return _message(self._connection.recv(seconds))
        except TimeoutError:
            return None
        except (OSError, WebSocketException) as failure:
            raise NoAnswer(f"Realtime closed the socket: {_named(failure)}") from None


@contextmanager
def opened(address: Address, key: str | None, seconds: float) -> Iterator[Socket]:
    """A socket to Realtime.

    Args:
        address: of the API.
        key: that Realtime lets in: of anon, of service_role, or a token.
        seconds: for the handshake.

    Raises:
        Refused: not with this key.
        NotServed: there is no Realtime.
        NoAnswer: no socket came about.
    """
    try:
        connection = connect(
            address.websocket(key),
            ssl=ssl.create_default_context() if address.secure else None,
            open_timeout=seconds,
            close_timeout=_CLOSING,
            max_size=_LARGEST,
            compression=None,
            proxy=None,
            user_agent_header="haulback",
        )
    except InvalidStatus as refused:
        status = refused.response.status_code
        kind = Refused if status in _REFUSED else NotServed if status == _MISSING else NoAnswer
        raise kind(f"Realtime answers {status} where a WebSocket was asked for") from None
    except (OSError, WebSocketException) as failure:
        # Not its text: the address holds the key.
        raise NoAnswer(f"Realtime does not answer: {_named(failure)}") from None
    except ValueError:
        raise CannotAsk("Realtime cannot be asked: the API address of the target is no address") from None
    with connection:
        yield Socket(connection)


def _message(text: str | bytes) -> Message | None:
    """None for what is no message; a frame of the other version, say."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(read, dict):
        return None
    payload, ref = read.get("payload"), read.get("ref")
    return Message(
        topic=str(read.get("topic")),
        event=str(read.get("event")),
        payload=payload if isinstance(payload, dict) else {},
        ref=ref if isinstance(ref, str) else None,
    )


def _named(failure: Exception) -> str:
    return getattr(failure, "strerror", None) or type(failure).__name__
