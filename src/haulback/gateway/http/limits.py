"""How much one client may ask of a worker."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one connection.

    Attributes:
        line: bytes of the request line.
        headers: bytes of all headers together.
        body: bytes of a body.
        waiting: requests of one connection that wait for the ones before them.
        idle: seconds that a connection may be quiet between requests.
        arriving: seconds that a request may take to arrive whole.
        connections: of one worker, WebSockets among them.
    """

    line: int = 64 * 1024
    headers: int = 64 * 1024
    body: int = 50 * 1024 * 1024
    waiting: int = 16
    idle: float = 75.0
    arriving: float = 60.0
    connections: int = 12_000
