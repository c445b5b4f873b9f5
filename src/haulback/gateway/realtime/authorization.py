"""What policies on realtime.messages let a member of a private channel do.

Asked as Supabase's server asks: to read, a row for each extension is written, looked at as the member, and rolled back;
to write, one is written as the member and rolled back. The login of the API has no right of its own to write such rows,
so `service_role` does.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

from psycopg import pq

from haulback.gateway.auth.identity import Identity
from haulback.gateway.database.lane import Lane
from haulback.gateway.database.lanes import NONE_FREE, Lanes, Unavailable
from haulback.gateway.database.segment import Outcome, Step
from haulback.gateway.schema.folding import FOLDING
from haulback.pg.queries import queries

_SQL = {name: text.encode() for name, text in queries(__package__ or "", "authorization.sql").items()}
_FOLDING = Step("realtime folding", FOLDING.encode())
_BEGIN, _BEGIN_ANEW = Step(None, b"BEGIN"), Step(None, b"BEGIN", anew=True)
_ROLLBACK = Step(None, b"ROLLBACK")
_AS_WRITER = Step("realtime writer", b"SELECT pg_catalog.set_config('role', 'service_role', true)")
_LOOK_EVERY = 5.0  # seconds between two looks at functions
_ABSENT = frozenset({"42P01", "3F000"})
BROADCAST, PRESENCE = "broadcast", "presence"


@dataclass(slots=True)
class Policies:
    """What a member may; None where it was not asked yet.

    Attributes:
        hears, speaks: read and write broadcasts.
        sees, appears: read and write presence.
    """

    hears: bool | None = None
    speaks: bool | None = None
    sees: bool | None = None
    appears: bool | None = None


class Unauthorized(Exception):
    """The policies could not be asked.

    Attributes:
        code, message: as a member is told.
        detail: for the log.
        by_policy: whether a policy itself failed.
    """

    def __init__(self, code: str, message: str, detail: str, *, by_policy: bool = False) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.message = message
        self.detail = detail
        self.by_policy = by_policy


class Authorization:
    """Asks the policies.

    Args:
        lanes: to the database.
        steady: seconds that only go forward.
    """

    def __init__(self, lanes: Lanes, steady: Callable[[], float]) -> None:
        self._lanes = lanes
        self._steady = steady
        self._look_at = float("-inf")
        self._folding = True

    async def read(self, policies: Policies, identity: Identity, topic: str, headers: bytes, *, presence: bool) -> None:
        """Finds out what may be read, presence only if asked.

        Raises:
            Unauthorized: it cannot be found out.
        """
        extensions = (BROADCAST, PRESENCE) if presence else (BROADCAST,)
        ids = b"{%b}" % b",".join(str(uuid.uuid4()).encode() for _ in extensions)
        named = b"{%b}" % ",".join(extensions).encode()
        steps = [
            _AS_WRITER,
            Step("realtime probe", _SQL["probe"], (ids, named, _text(topic))),
            _asker(identity, topic, headers),
            Step(("realtime read", identity.role), _SQL["read"], (ids,)),
            _ROLLBACK,
        ]
        async with _lane(self._lanes) as lane:
            outcome = await _ran(lane, [await self._beginning(lane), *steps])
        _check(outcome)
        rows = outcome.results[-2]
        seen = {bytes(cast("bytes", rows.get_value(row, 0))).decode() for row in range(rows.ntuples)}
        policies.hears = BROADCAST in seen
        if presence:
            policies.sees = PRESENCE in seen

    async def write(
        self, policies: Policies, identity: Identity, topic: str, headers: bytes, *, presence: bool
    ) -> None:
        """Finds out what may be written: presence if asked, broadcasts in any case.

        Raises:
            Unauthorized: it cannot be found out.
        """
        async with _lane(self._lanes) as lane:
            policies.speaks = await self._writes(lane, identity, topic, headers, BROADCAST)
            if presence:
                policies.appears = await self._writes(lane, identity, topic, headers, PRESENCE)

    async def _writes(self, lane: Lane, identity: Identity, topic: str, headers: bytes, extension: str) -> bool:
        before = [await self._beginning(lane), _asker(identity, topic, headers)]
        written = Step(("realtime write", identity.role), _SQL["write"], (_text(topic), extension.encode()))
        outcome = await _ran(lane, [*before, written, _ROLLBACK])
        if outcome.error is None:
            _check(outcome)
            return True
        await _ran(lane, [_ROLLBACK])
        if _state(outcome) == "42501" and len(outcome.results) == len(before):  # the row itself was refused
            return False
        _check(outcome)
        return False

    async def _beginning(self, lane: Lane) -> Step:
        """What a transaction begins with: without plans that functions keep, where those may hold another's claims."""
        if self._steady() >= self._look_at:
            self._look_at = self._steady() + _LOOK_EVERY
            outcome = await _ran(lane, [_FOLDING])
            self._folding = not outcome.results or outcome.results[0].get_value(0, 0) != b"f"
        return _BEGIN_ANEW if self._folding else _BEGIN


@asynccontextmanager
async def _lane(lanes: Lanes) -> AsyncIterator[Lane]:
    """A connection alone, with what keeps it from being had said as an Unauthorized."""
    try:
        async with lanes.alone() as lane:
            yield lane
    except Unavailable as gone:
        if str(gone) == NONE_FREE:
            message = "Please increase your connection pool size"
            raise Unauthorized("IncreaseConnectionPool", message, str(gone)) from gone
        raise _unreachable(str(gone)) from gone


def _unreachable(detail: str) -> Unauthorized:
    return Unauthorized("UnableToConnectToProject", "Realtime was unable to connect to the project database", detail)


def _asker(identity: Identity, topic: str, headers: bytes) -> Step:
    sub = identity.claims.get("sub")
    values = (
        identity.role.encode(),
        _text(topic),
        identity.text,
        sub.encode() if isinstance(sub, str) else b"",
        headers,
    )
    return Step("realtime asker", _SQL["asker"], values)


def _text(text: str) -> bytes:
    # PostgreSQL has no text with a zero in it: such a topic is nobody's.
    return text.replace("\0", "\ufffd").encode()


async def _ran(lane: Lane, steps: Sequence[Step]) -> Outcome:
    got: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()

    def take(outcome: Outcome) -> None:
        if not got.done():
            got.set_result(outcome)

    lane.run(steps, take, whole=False)
    return await got


def _state(outcome: Outcome) -> str:
    field = None if outcome.error is None else outcome.error.error_field(pq.DiagnosticField.SQLSTATE)
    return "" if field is None else field.decode()


def _check(outcome: Outcome) -> None:
    if outcome.lost is not None:
        raise _unreachable(outcome.lost)
    if outcome.error is None:
        return
    state = _state(outcome)
    primary = outcome.error.error_field(pq.DiagnosticField.MESSAGE_PRIMARY)
    detail = "" if primary is None else primary.decode("utf-8", "replace")
    if state in _ABSENT and "realtime" in detail:
        raise Unauthorized("UnableToSetPolicies", "the database has no realtime.messages", detail)
    if state == "57014":
        raise Unauthorized("QueryCanceled", "Query was cancelled, please try again", detail)
    if state == "23514":
        message = "Realtime was unable to find the expected messages partition"
        raise Unauthorized("MissingPartition", message, detail)
    raise Unauthorized("RlsPolicyError", detail, detail, by_policy=True)
