"""The handshake of WebSocket (RFC 6455, 4.2): a request that asks for it, and the answer that grants it."""

from __future__ import annotations

import asyncio
import binascii
from base64 import b64decode
from collections.abc import Callable

from websockets.utils import accept_key

from haulback.gateway.answer import Answer
from haulback.gateway.http.request import Request

_VERSION = "13"
_KEY = 16  # bytes


def asks(request: Request) -> bool:
    """Whether a request wants to go on as a WebSocket."""
    wanted = (part.strip().lower() for part in request.headers.get("connection").split(","))
    return "upgrade" in wanted and request.headers.get("upgrade").lower() == "websocket"


def granted(request: Request, then: Callable[[asyncio.Transport], asyncio.Protocol]) -> Answer:
    """The answer to a request that asks.

    Args:
        request: as it came.
        then: makes what speaks on the connection from then on.
    """
    key = request.headers.get("sec-websocket-key")
    if request.headers.get("sec-websocket-version") != _VERSION:
        return Answer(426, (("Upgrade", "websocket"), ("Sec-WebSocket-Version", _VERSION)))
    if request.method != "GET" or not _is_key(key):
        return Answer(400)
    headers = (("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept_key(key)))
    return Answer(101, headers, then=then)


def _is_key(key: str) -> bool:
    try:
        return len(b64decode(key, validate=True)) == _KEY
    except (binascii.Error, ValueError):
        return False
