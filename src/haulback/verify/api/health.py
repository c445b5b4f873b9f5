"""Asks a service of an API whether it does what it is there for: a real request, a real socket, never a guess."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from uuid import uuid4

from haulback.model.health import Service, ServiceHealth, State
from haulback.redact import redact
from haulback.verify._stage import ANONYMOUS, NoAnswer
from haulback.verify.api.access import Access
from haulback.verify.api.address import CannotAsk
from haulback.verify.api.callers import signed_service
from haulback.verify.api.client import Client, Reply, Request, graphql
from haulback.verify.api.sockets import PHOENIX, Refused, opened

_TURNED_AWAY = (401, 403)
_UNAVAILABLE = 503
_DOTS = 2  # in a token; keys of the new kind have none


@dataclass(frozen=True, slots=True)
class Credential:
    """One way to be let in.

    Attributes:
        whose: for a person.
        key: that the API wants with every request.
        token: that says who asks; None where the key does.
        trusted: whether policies let it join what is private.
    """

    whose: str
    key: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    trusted: bool = False


@dataclass(frozen=True, slots=True)
class _Asked:
    milliseconds: float
    told: str
    parts: Mapping[str, float] = field(default_factory=dict)


def ask(access: Access, service: Service, timeout: float) -> ServiceHealth:
    """Asks one service, with one credential after the other until one is let in.

    Args:
        access: how the API is reached.
        service: to ask.
        timeout: seconds for each wait on the network.
    """
    refused: list[str] = []
    for credential in credentials(access):
        try:
            client = Client(access.url, credential.key, timeout)
            asked = _CHECKS[service](client, credential, timeout)
        except Refused as reason:
            refused.append(f"{reason} ({credential.whose})")
        except CannotAsk as reason:
            return ServiceHealth(service, State.UNKNOWN, redact(str(reason)))
        except NoAnswer as reason:
            return ServiceHealth(service, State.DOWN, redact(str(reason)))
        else:
            return ServiceHealth(service, State.UP, asked.told, asked.milliseconds, asked.parts)
    return ServiceHealth(service, State.UNKNOWN, redact("; ".join(dict.fromkeys(refused))))


def credentials(access: Access) -> tuple[Credential, ...]:
    """What a target has to be let in with, the one that may most first."""
    return tuple(_credentials(access))


def _credentials(access: Access) -> Iterator[Credential]:
    if key := access.service_token:
        yield Credential("with the key of service_role", key, _token(key), trusted=True)
    if access.sign and (token := signed_service(access)):
        yield Credential("with a token of service_role", token, token, trusted=True)
    if user := access.user_token:
        yield Credential("with the token of a user", access.api_key or user, user)
    yield Credential(f"as {ANONYMOUS}", access.api_key, _token(access.api_key))


def _token(key: str | None) -> str | None:
    return key if key and key.count(".") == _DOTS else None


def _rest(client: Client, credential: Credential, _timeout: float) -> _Asked:
    """`/health` is ours; elsewhere the root, which reads the catalogs as the role."""
    begun = time.monotonic()
    reply = client.send(Request("GET", "health"), credential.token)
    if reply.status == _UNAVAILABLE or (reply.accepted and reply.document == {"status": "ok"}):
        _require(reply)
        return _Asked(_since(begun), "answers")
    begun = time.monotonic()
    _require(client.send(Request("HEAD", ""), credential.token))
    return _Asked(_since(begun), "answers")


def _graphql(client: Client, credential: Credential, _timeout: float) -> _Asked:
    begun = time.monotonic()
    reply = client.send(graphql("{ __typename }"), credential.token)
    took = _since(begun)
    _require(reply)
    found = reply.document.get("data") if isinstance(reply.document, dict) else None
    if not isinstance(found, dict) or found.get("__typename") != "Query":
        raise NoAnswer(f"GraphQL answers without data: {reply.error or 'no error is told'}")
    return _Asked(took, "answers")


def _require(reply: Reply) -> None:
    if reply.status in _TURNED_AWAY:
        raise Refused(f"the API answers {reply.told}")
    if not reply.accepted:
        raise NoAnswer(f"the API answers {reply.told}")


def _realtime(client: Client, credential: Credential, timeout: float) -> _Asked:
    """A channel that nobody else knows, a message that comes back, and the heartbeat that keeps a socket open."""
    topic, nonce = f"realtime:haulback-health-{uuid4()}", str(uuid4())
    config = {
        "broadcast": {"self": True, "ack": False},
        "presence": {"key": ""},
        "postgres_changes": [],
        "private": credential.trusted,
    }
    laps = _Laps()
    with opened(client.address, credential.key or credential.token, timeout) as socket:
        laps.done("handshake")
        socket.join(topic, config, credential.token, timeout)
        laps.done("join")
        sent = {"type": "broadcast", "event": "health", "payload": {"nonce": nonce}}
        socket.push(topic, "broadcast", sent)
        came = socket.heard(lambda one: one.event == "broadcast" and nonce in str(one.payload), timeout)
        if came is None:
            raise NoAnswer("a broadcast does not come back from Realtime")
        laps.done("broadcast")
        beat = socket.reply(socket.push(PHOENIX, "heartbeat", {}), timeout)
        if beat is None or not beat.is_ok:
            raise NoAnswer("Realtime does not answer to a heartbeat")
        laps.done("heartbeat")
        socket.push(topic, "phx_leave", {})
    kind = "private" if credential.trusted else "public"
    return _Asked(sum(laps.parts.values()), f"a broadcast on a {kind} channel came back", laps.parts)


class _Laps:
    """Milliseconds of one step after the other."""

    def __init__(self) -> None:
        self.parts: dict[str, float] = {}
        self._begun = time.monotonic()

    def done(self, name: str) -> None:
        self.parts[name] = _since(self._begun)
        self._begun = time.monotonic()


def _since(begun: float) -> float:
    return (time.monotonic() - begun) * 1000


_CHECKS: Mapping[Service, Callable[[Client, Credential, float], _Asked]] = {
    Service.REST: _rest,
    Service.GRAPHQL: _graphql,
    Service.REALTIME: _realtime,
}
