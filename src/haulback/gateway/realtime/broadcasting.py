"""Broadcasts by plain requests: many messages at once, or one to the topic and event of the path."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, unquote

import msgspec

from haulback.gateway.http.request import Request
from haulback.gateway.realtime.serializers import Malformed, Sent, checked, value_of
from haulback.gateway.realtime.topics import Name

BATCH = "/api/broadcast"
_JSON, _BYTES = "application/json", "application/octet-stream"
_TOO_MUCH = "Payload size exceeds tenant limit"
_LONGEST = 4096  # bytes of a query that is looked into
_BLANK = "can't be blank"
_INVALID = "is invalid"
_NULL = b"null"
_FLAGS = frozenset({b"true", b"false", _NULL})
_LARGEST = 8_000_000  # bytes of a body, as with Supabase's server
_read_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_items = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Refused(Exception):
    """A request that is answered with an error.

    Attributes:
        status: of HTTP.
        document: the body.
    """

    def __init__(self, status: int, document: Any) -> None:
        super().__init__(status)
        self.status = status
        self.document = document


@dataclass(frozen=True, slots=True)
class Posted:
    """One message of a request."""

    name: Name
    sent: Sent


def batch(request: Request, most: int, at_once: int) -> list[Posted]:
    """The messages of a request with many.

    Args:
        request: as it came.
        most: bytes of a payload.
        at_once: messages of a request.

    Raises:
        Refused: there are too many, or one of them is wrong; none is sent then.
    """
    given = _fields(_document(request.body)).get("messages", _NULL)
    if given in {_NULL, b"[]"}:
        raise Refused(422, {"errors": {"messages": [_BLANK]}})
    if not given.startswith(b"["):
        raise Refused(422, {"errors": {"messages": [_INVALID]}})
    messages = _items(given)
    if len(messages) > at_once:
        raise Refused(429, {"message": "Too many messages to broadcast, please reduce the batch size"})
    fields = [_fields(bytes(message)) for message in messages]
    wrong = [_wrong(message, most) for message in fields]
    if not wrong or any(wrong):
        raise Refused(422, {"errors": {"messages": wrong or [_BLANK]}})
    return [_posted(message) for message in fields]


def single(request: Request, path: str, most: int) -> Posted:
    """The message of a request to `/api/broadcast/TOPIC/events/EVENT`.

    Raises:
        Refused: there is no such path, or the message is wrong.
    """
    topic, between, event = (unquote(part) for part in _three(path.removeprefix(f"{BATCH}/").split("/")))
    if between != "events" or request.method != "POST":
        raise Refused(404, {"message": "not found"})
    kind = request.headers.get("content-type", _JSON).partition(";")[0].strip().lower()
    if kind not in {_JSON, _BYTES}:
        message = "Unsupported Media Type. Use application/json or application/octet-stream"
        raise Refused(415, {"error": message})
    missing = {name: [_BLANK] for name, text in (("topic", topic), ("event", event)) if not text.strip()}
    if missing:
        raise Refused(422, {"errors": missing})
    if len(request.body) > most:
        raise Refused(422, {"errors": {"payload": [_TOO_MUCH]}})
    private = parse_qs(request.query).get("private", [""])[0] == "true" if len(request.query) < _LONGEST else False
    if kind == _BYTES:
        return Posted((topic, private), Sent(event, request.body, binary=True))
    return Posted((topic, private), Sent(event, _document(request.body)))


def _three(parts: list[str]) -> tuple[str, str, str]:
    if len(parts) != 3:  # noqa: PLR2004 - as it says
        return "", "", ""
    return parts[0], parts[1], parts[2]


def _document(body: bytes) -> bytes:
    if len(body) > _LARGEST:
        raise Refused(413, {"message": "Request Entity Too Large"})
    try:
        return checked(body.strip() or b"{}")
    except Malformed as wrong:
        raise Refused(400, {"message": "Bad Request"}) from wrong


def _fields(json: bytes) -> dict[str, bytes]:
    """The fields of an object, each as JSON text; none of what is no object. Nothing deeper is looked into."""
    if not json.startswith(b"{"):
        return {}
    return {name: bytes(value) for name, value in _read_fields(json).items()}


def _wrong(message: dict[str, bytes], most: int) -> dict[str, list[str]]:
    """What is wrong with one message, by its field."""
    wrong: dict[str, list[str]] = {}
    for name, begin in (("topic", b'"'), ("payload", b"{"), ("event", b'"')):
        value = message.get(name, _NULL)
        if value in {_NULL, b'""'}:
            wrong[name] = [_BLANK]
        elif not value.startswith(begin):
            wrong[name] = [_INVALID]
    if message.get("private", _NULL) not in _FLAGS:
        wrong["private"] = [_INVALID]
    if "payload" not in wrong and len(message["payload"]) > most:
        wrong["payload"] = [_TOO_MUCH]
    return wrong


def _posted(message: dict[str, bytes]) -> Posted:
    topic, event = value_of(message["topic"]), value_of(message["event"])
    given = message.get("id", _NULL)
    identifier = value_of(given)
    meta = None if identifier is None else b'{"id":' + given + b"}"
    sent = Sent(event, message["payload"], meta=meta, id=identifier if isinstance(identifier, str) else None)
    whole = sent.text()
    return Posted((topic, message.get("private") == b"true"), replace(sent, payload=b"", whole=whole))
