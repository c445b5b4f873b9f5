"""Our own recordings: one JSON document a line, as `haulback serve --record` writes them."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from haulback.model.requests import RecordedRequest


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One request. `body` is text; `bytes` in its place are base64."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = {}
    body: str = ""
    bytes: str = ""
    claims: dict[str, Any] = {}


_encode = msgspec.json.Encoder().encode


def written(one: RecordedRequest) -> bytes:
    """The line of a request, with its end."""
    text, coded = "", ""
    try:
        text = one.body.decode()
    except UnicodeDecodeError:
        coded = base64.b64encode(one.body).decode()
    return _encode(Line(one.method, one.path, one.query, dict(one.headers), text, coded, dict(one.claims))) + b"\n"


def read(content: bytes, name: str) -> Iterator[RecordedRequest]:
    """The requests of a file.

    Raises:
        ValueError: a line is none.
    """
    for number, line in enumerate(content.splitlines(), 1):
        if line.strip():
            yield _request(line, f"{name}:{number}")


def _request(line: bytes, source: str) -> RecordedRequest:
    try:
        one = msgspec.json.decode(line, type=Line)
        body = base64.b64decode(one.bytes, validate=True) if one.bytes else one.body.encode()
    except (msgspec.MsgspecError, ValueError, RecursionError) as wrong:
        raise ValueError(f"{source}: {wrong}") from wrong
    claims: Mapping[str, Any] = one.claims
    return RecordedRequest(one.method, one.path, one.query, one.headers, body, claims, source)
