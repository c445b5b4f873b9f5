"""Requests of clients, kept to be asked again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RecordedRequest:
    """One request to the REST API, without its token: a replay signs its own.

    Attributes:
        path, query: raw, still percent-encoded; the path with its mount point.
        headers: those that the answer depends on, by name in lower case.
        claims: whom it was made as, `role` among them; none for a stranger.
        source: where it was read, for a person: `app.har:12`.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    claims: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""

    @property
    def role(self) -> str:
        return str(self.claims.get("role", "anon"))
