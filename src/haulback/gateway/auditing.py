"""Refusals by row-level security or privilege, noted in `public.security_audit_log` where there is one.

A refused request is rolled back, so its note is a transaction of its own. A client that is refused a thousand times a
second must not fill the table: beyond a few notes a second only their number is kept, and told by the next note.
"""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import msgspec

from haulback.gateway.auth.identity import Identity
from haulback.gateway.database.lanes import Lanes
from haulback.gateway.database.segment import Step
from haulback.gateway.http.request import Request
from haulback.gateway.schema.model import Name, SchemaCache

EVENT = "access_refused"
REFUSED = "42501"  # SQLSTATE insufficient_privilege
_TABLE = Name("public", "security_audit_log")
_COLUMNS = frozenset({"event_type", "user_id", "details"})
_WRITER = "service_role"
_RATE, _BURST = 5.0, 20.0  # notes a second, and how many at once

_ROLE = Step("audit role", b"SELECT set_config('role', $1, true) IS NULL", (_WRITER.encode(),))
_NOTE = (
    b"INSERT INTO public.security_audit_log (event_type, user_id, details) "
    b"VALUES ($1, nullif($2, '')::pg_catalog.uuid, $3::pg_catalog.jsonb)"
)


class Audit:
    """Notes refusals of one worker.

    Args:
        lanes: to the database.
        clock: seconds that only go forward.
    """

    def __init__(self, lanes: Lanes, clock: Callable[[], float]) -> None:
        self._lanes = lanes
        self._clock = clock
        self._there = False
        self._left = _BURST
        self._last = clock()
        self._unnoted = 0

    def use(self, cache: SchemaCache) -> None:
        """Looks whether there is a log to write to."""
        table = cache.tables.get(_TABLE)
        self._there = table is not None and table.columns.keys() >= _COLUMNS

    def refused(self, identity: Identity, request: Request, message: str) -> None:
        """Notes one refusal, unless there were too many."""
        if not self._there:
            return
        if not self._may():
            self._unnoted += 1
            return
        details: dict[str, object] = {
            "role": identity.role,
            "method": request.method,
            "path": request.path,
            "message": message,
            "client": request.client,
        }
        if self._unnoted:
            details["refusals_not_noted_before"], self._unnoted = self._unnoted, 0
        values = (EVENT.encode(), _user(identity), msgspec.json.encode(details))
        self._lanes.run([_ROLE, Step("audit", _NOTE, values)], lambda _outcome: None, quick=False)

    def _may(self) -> bool:
        now = self._clock()
        self._left = min(_BURST, self._left + (now - self._last) * _RATE)
        self._last = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


def _user(identity: Identity) -> bytes:
    try:
        return str(UUID(str(identity.claims.get("sub")))).encode()
    except ValueError:
        return b""
