"""What browsers are told about calls from other origins (CORS), as PostgREST tells it."""

from __future__ import annotations

from dataclasses import replace

from haulback.gateway.answer import Answer
from haulback.gateway.http.headers import Headers

_METHODS = "GET, POST, PATCH, PUT, DELETE, OPTIONS, HEAD"
_SIMPLE = "Accept, Accept-Language, Content-Language"
_EXPOSED = (
    "Content-Encoding, Content-Location, Content-Range, Content-Type, "
    "Date, Location, Server, Transfer-Encoding, Range-Unit"
)
_A_DAY = "86400"


def preflight(headers: Headers, origins: tuple[str, ...]) -> Answer | None:
    """The answer to a browser that asks before it calls; None where none asks."""
    if not headers.get("origin") or not headers.get("access-control-request-method"):
        return None
    asked = [name.strip() for name in headers.get("access-control-request-headers").split(",") if name.strip()]
    return Answer(
        200,
        (
            *_allowed(headers, origins),
            ("Access-Control-Allow-Methods", _METHODS),
            ("Access-Control-Allow-Headers", ", ".join(["Authorization", *asked, _SIMPLE])),
            ("Access-Control-Max-Age", _A_DAY),
        ),
    )


def shared(answer: Answer, headers: Headers, origins: tuple[str, ...]) -> Answer:
    """The answer, with leave for the origin that asks to read it."""
    if not headers.get("origin"):
        return answer
    exposed = ("Access-Control-Expose-Headers", _EXPOSED)
    return replace(answer, headers=(*_allowed(headers, origins), exposed, *answer.headers))


def _allowed(headers: Headers, origins: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    if not origins:
        return (("Access-Control-Allow-Origin", "*"),)
    origin = headers.get("origin")
    if origin not in origins:
        return ()
    return (
        ("Access-Control-Allow-Origin", origin),
        ("Access-Control-Allow-Credentials", "true"),
        ("Vary", "Origin"),
    )
