"""One request as it came."""

from __future__ import annotations

from dataclasses import dataclass

from haulback.gateway.http.headers import Headers


@dataclass(slots=True)
class Request:
    """A whole request.

    Attributes:
        method: as it came.
        path: raw, still percent-encoded, without the query.
        query: raw, without the question mark.
        body: whole; b"" where there is none.
        has_body: whether the request announced one, be it empty.
        client: address that it came from; behind proxies that are trusted, the one that they name.
        version: of HTTP, where somebody wants to know; else as if it were the usual one.
    """

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes = b""
    has_body: bool = False
    client: str = ""
    version: str = "1.1"
