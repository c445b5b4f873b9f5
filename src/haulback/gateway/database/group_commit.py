"""Inserts that share a connection, each a transaction of its own, made durable together.

PostgreSQL flushes the log once for commits of several connections that come at the same time, but once for each of
those that follow each other on one. Here those that are sent in one piece commit without a flush (synchronous_commit is
off on the connection), except for the last, whose flush reaches as far as all before it. Nobody is answered before that
flush: what was acknowledged is durable, as anywhere. Others may see a row a moment before it is.

That the last flushes is said behind its INSERT, so that no trigger has the last word, however new.

A piece is what has come while the one before was under way, so it grows with the time that a flush takes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from haulback.gateway.database.lane import Blocked, Done, Lane, lock_was_taken
from haulback.gateway.database.segment import Outcome, Step

# As the server has it for the login, whatever that is by now. Of SET LOCAL outside of BEGIN it would log a warning.
_DURABLY = Step("durably", b"SELECT pg_catalog.set_config('synchronous_commit', NULL, true) IS NULL")
# A record of the log and its commit, for where the last insert wrote none.
_FLUSHED = Step("flushed", b"SELECT pg_catalog.pg_logical_emit_message(true, 'haulback', '') IS NULL")
_NOT_FLUSHED = "the log could not be flushed"


@dataclass(frozen=True, slots=True)
class _Insert:
    steps: Sequence[Step]
    done: Done


class GroupCommit:
    """One connection.

    Args:
        lane: over a connection for which synchronous_commit is off.
        loop: that it lives in.
        blocked: takes an insert that did not get a lock in time. It was rolled back.
    """

    def __init__(self, lane: Lane, loop: asyncio.AbstractEventLoop, blocked: Blocked) -> None:
        self.lane = lane
        self._loop = loop
        self._blocked = blocked
        self._queue: list[_Insert] = []
        self._under_way = 0
        self._sending = False
        self._committed: list[tuple[Done, Outcome]] = []  # and perhaps not durable yet

    @property
    def waiting(self) -> int:
        """How many inserts are not answered."""
        return len(self._queue) + self._under_way + len(self._committed)

    def run(self, steps: Sequence[Step], done: Done) -> None:
        """Sends the insert of a row with the next piece.

        Args:
            steps: the last of them inserts, into a table whose changes are logged.
            done: called with the outcome once it is durable.
        """
        self._queue.append(_Insert(steps, done))
        if not self._under_way and not self._sending:
            self._sending = True
            self._loop.call_soon(self._send)

    def _send(self) -> None:
        self._sending = False
        piece, self._queue = self._queue, []
        self._under_way = len(piece)
        for insert in piece[:-1]:
            self.lane.run(insert.steps, self._taker(insert, flushes=False))
        for insert in piece[-1:]:
            self.lane.run([*insert.steps, _DURABLY], self._taker(insert, flushes=True))

    def _taker(self, insert: _Insert, *, flushes: bool) -> Done:
        def take(outcome: Outcome) -> None:
            if flushes:
                del outcome.results[len(insert.steps) :]
            self._take(insert, outcome, flushes=flushes)
            self._under_way -= 1
            if not self._under_way:
                self._next()

        return take

    def _take(self, insert: _Insert, outcome: Outcome, *, flushes: bool) -> None:
        if lock_was_taken(outcome.error):
            self._blocked(insert.steps, insert.done)
        elif outcome.error is not None or outcome.lost is not None:
            insert.done(outcome)
        else:
            self._committed.append((insert.done, outcome))
            if flushes and _wrote(outcome):
                self._release(None)

    def _next(self) -> None:
        if self._committed:
            self._under_way = 1
            self.lane.run([_DURABLY, _FLUSHED], self._flushed)
        elif self._queue and not self._sending:
            self._send()

    def _flushed(self, outcome: Outcome) -> None:
        self._under_way = 0
        failed = outcome.lost is not None or outcome.error is not None
        self._release((outcome.lost or _NOT_FLUSHED) if failed else None)
        self._next()

    def _release(self, lost: str | None) -> None:
        """Answers those that have committed; `lost`: why it is not known whether they stay."""
        committed, self._committed = self._committed, []
        for done, outcome in committed:
            done(outcome if lost is None else Outcome(lost=lost))


def _wrote(outcome: Outcome) -> bool:
    """Whether a row was inserted: the server's word for it, which it also has for an INSERT of none."""
    status = outcome.results[-1].command_status if outcome.results else None
    return status is not None and status.startswith(b"INSERT ") and not status.endswith(b" 0")
