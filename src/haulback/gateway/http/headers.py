"""The headers of a request, and what is worked out from them once.

A client sends the same headers with every request of a connection. So they are kept from one request to the next as
long as their bytes are the same, with whatever somebody has worked out from them.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

RawHeaders = list[tuple[bytes, bytes]]

_encode = msgspec.json.Encoder().encode


class Headers:
    """Names in lower case; several of one name are joined by a comma, as RFC 9110 allows.

    Attributes:
        raw: as they came.
        kept: whatever a room wants to remember for as long as the headers are the same, by a key of its own.
    """

    __slots__ = ("_by_name", "_cookies", "_json", "kept", "raw")

    def __init__(self, raw: RawHeaders) -> None:
        self.raw = raw
        self.kept: dict[str, object] = {}
        self._json: bytes | None = None
        self._cookies: bytes | None = None
        found: dict[str, str] = {}
        several: dict[str, list[str]] = {}  # joined at the end: one by one, a hundred thousand take half a second
        for key, value in raw:
            name, text = key.decode("latin-1").lower(), _text(value)
            if name in found:
                several.setdefault(name, [found[name]]).append(text)
            else:
                found[name] = text
        self._by_name = found | {name: ", ".join(texts) for name, texts in several.items()} if several else found

    def get(self, name: str, default: str = "") -> str:
        """The value of a header; `name` in lower case."""
        return self._by_name.get(name, default)

    def every(self, name: str) -> list[str]:
        """The values of a header, one for each line that it came in; `name` in lower case."""
        wanted = name.encode("latin-1")
        return [_text(value) for key, value in self.raw if key.lower() == wanted]

    def names(self) -> Sequence[str]:
        return tuple(self._by_name)

    def json(self) -> bytes:
        """All of them as one JSON object for `request.headers`; cookies have a setting of their own."""
        if self._json is None:
            self._json = _encode({name: value for name, value in self._by_name.items() if name != "cookie"})
        return self._json

    def cookies(self) -> bytes:
        """The cookies as one JSON object, as `request.cookies` wants it."""
        if self._cookies is None:
            crumbs = (crumb.partition("=") for crumb in self.get("cookie").split(";") if "=" in crumb)
            self._cookies = _encode({name.strip(): value.strip() for name, _, value in crumbs})
        return self._cookies


def _text(value: bytes) -> str:
    # Header values are octets; what is no UTF-8 is read as latin-1, so that nothing is refused or lost.
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
