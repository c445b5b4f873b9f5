"""HAR files, as browsers and proxies save them (HTTP Archive 1.2)."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from haulback.contract.recorded.taking import taken
from haulback.model.requests import RecordedRequest


class _Header(msgspec.Struct):
    name: str
    value: str


class _Posted(msgspec.Struct):
    text: str = ""


class _Request(msgspec.Struct, rename={"posted": "postData"}):
    method: str
    url: str
    headers: list[_Header] = []
    posted: _Posted | None = None


class _Entry(msgspec.Struct):
    request: _Request


class _Log(msgspec.Struct):
    entries: list[_Entry]


class _Har(msgspec.Struct):
    log: _Log


def read(content: bytes, name: str) -> Iterator[RecordedRequest]:
    """The requests to the REST API among those of a file.

    Raises:
        ValueError: it is no HAR.
    """
    try:
        entries = msgspec.json.decode(content, type=_Har).log.entries
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise ValueError(f"{name}: {wrong}") from wrong
    for number, entry in enumerate(entries, 1):
        one = entry.request
        body = one.posted.text.encode("utf-8", "replace") if one.posted else b""
        headers = ((header.name, header.value) for header in one.headers)
        if found := taken(one.method, one.url, headers, body, f"{name}:{number}"):
            yield found
