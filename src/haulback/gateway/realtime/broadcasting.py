"""Broadcasts by plain requests: many messages at once, or one to the topic and event of the path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, unquote

import msgspec

from haulback.gateway.http.request import Request
from haulback.gateway.realtime.serializers import Malformed, Sent, checked
from haulback.gateway.realtime.topics import Name

BATCH = "/api/broadcast"
_JSON, _BYTES = "application/json", "application/octet-stream"
_TOO_MUCH = "Payload size exceeds tenant limit"
_LONGEST = 4096  # bytes of a query that is looked into
_BLANK = "can't be blank"
_encode = msgspec.json.encode


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


def batch(request: Request, most: int) -> list[Posted]:
    """The messages of a request with many.

    Args:
        request: as it came.
        most: bytes of a payload.

    Raises:
        Refused: one of them is wrong; none is sent then.
    """
    body = _document(request.body)
    messages = body.get("messages") if isinstance(body, dict) else None
    if messages is None or messages == []:
        raise Refused(422, {"errors": {"messages": [_BLANK]}})
    if not isinstance(messages, list):
        raise Refused(422, {"errors": {"messages": ["is invalid"]}})
    wrong = [_wrong(message, most) for message in messages]
    if any(wrong):
        raise Refused(422, {"errors": {"messages": wrong}})
    return [_posted(message) for message in messages]


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
    _document(request.body)
    return Posted((topic, private), Sent(event, request.body.strip() or b"{}"))


def _three(parts: list[str]) -> tuple[str, str, str]:
    if len(parts) != 3:  # noqa: PLR2004 - as it says
        return "", "", ""
    return parts[0], parts[1], parts[2]


def _document(body: bytes) -> Any:
    try:
        return msgspec.json.decode(checked(body or b"{}"))
    except Malformed as wrong:
        raise Refused(400, {"message": "Bad Request"}) from wrong


def _wrong(message: Any, most: int) -> dict[str, list[str]]:
    """What is wrong with one message, by its field."""
    if not isinstance(message, dict):
        return {"message": ["is invalid"]}
    wrong: dict[str, list[str]] = {}
    for name, kind in (("topic", str), ("payload", dict), ("event", str)):
        value = message.get(name)
        if value is None or value == "":
            wrong[name] = [_BLANK]
        elif not isinstance(value, kind):
            wrong[name] = ["is invalid"]
    if not isinstance(message.get("private", False), bool | None):
        wrong["private"] = ["is invalid"]
    if "payload" not in wrong and len(_encode(message["payload"])) > most:
        wrong["payload"] = [_TOO_MUCH]
    return wrong


def _posted(message: dict[str, Any]) -> Posted:
    identifier = message.get("id")
    meta = None if identifier is None else _encode({"id": identifier})
    whole = {"event": message["event"], "payload": message["payload"], "type": "broadcast"}
    if meta is not None:
        whole["meta"] = {"id": identifier}
    sent = Sent(message["event"], b"", whole=_encode(whole), id=identifier if isinstance(identifier, str) else None)
    return Posted((message["topic"], message.get("private") is True), sent)
