"""A request and its answer as a line. Pure."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from functools import lru_cache

from haulback.gateway.access.masking import masked_text, masked_url, printable
from haulback.gateway.answer import Answer
from haulback.gateway.http.request import Request

_NO_BODY = frozenset({101, 204, 304})


@dataclass(frozen=True, slots=True)
class Entry:
    """One request that was answered.

    Attributes:
        at: seconds since 1970 when it was answered.
        role: that it was made as; None where it was refused before that was known.
        seconds: from its arrival to its answer.
    """

    at: float
    role: str | None
    request: Request
    answer: Answer
    seconds: float

    @property
    def sent(self) -> int:
        """Bytes of the body that went out."""
        if self.request.method == "HEAD" or self.answer.status in _NO_BODY:
            return 0
        return len(self.answer.body)


def text(entry: Entry) -> str:
    """As PostgREST writes it, which is what Apache and nginx call combined, with the duration behind."""
    request = entry.request
    line = f"{request.method} {masked_url(request.path, request.query)} HTTP/{request.version}"
    agent, referrer = (masked_text(request.headers.get(name)) for name in ("user-agent", "referer"))
    return (
        f"{printable(request.client) or '-'} - {printable(entry.role or '-')} [{_stamp(int(entry.at))}] "
        f'"{line}" {entry.answer.status} {entry.sent} "{referrer}" "{agent}" {1000 * entry.seconds:.1f}ms'
    )


def document(entry: Entry) -> str:
    """One JSON object, its texts as those of the other line."""
    request = entry.request
    path, _, query = masked_url(request.path, request.query).partition("?")
    moment, fraction = int(entry.at), int(entry.at * 1000) % 1000
    return json.dumps(
        {
            "time": time.strftime(f"%Y-%m-%dT%H:%M:%S.{fraction:03}Z", time.gmtime(moment)),
            "client": request.client,
            "role": printable(entry.role) if entry.role is not None else None,
            "method": request.method,
            "path": path,
            "query": query,
            "status": entry.answer.status,
            "bytes": entry.sent,
            "ms": round(1000 * entry.seconds, 1),
            "referrer": masked_text(request.headers.get("referer")),
            "agent": masked_text(request.headers.get("user-agent")),
        },
        separators=(",", ":"),
    )


@lru_cache(maxsize=4)
def _stamp(moment: int) -> str:
    return time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(moment))
