"""Ends sessions that keep us from a lock in an old transaction, where a person has asked for that."""

from __future__ import annotations

import time
from collections.abc import Callable

import psycopg

from haulback.model.blocker import Blocker
from haulback.pg.lock_watch import SQL

_OURS = "haulback/"
_TIMES = 2  # first its statement, then the whole session
_AGAIN = 1.0  # seconds that a cancelled statement gets to end


class BlockerEnder:
    """Ends each blocker once; a session that stays although its statement was cancelled is ended whole."""

    def __init__(self, observer: psycopg.Connection, older_than: float, tell: Callable[[str], None]) -> None:
        """Takes a session in autocommit, an age in seconds, and whom to tell before and after it acts."""
        self._observer, self._older_than, self._tell = observer, older_than, tell
        self._asked: dict[int, int] = {}
        self._asked_at: dict[int, float] = {}

    def __call__(self, blockers: tuple[Blocker, ...]) -> None:
        """Ends those of the blockers that are to be ended; may be called as often as they are seen."""
        for one in blockers:
            asked_now = time.monotonic() - self._asked_at.get(one.pid, float("-inf")) < _AGAIN
            over = asked_now or self._asked.get(one.pid, 0) >= _TIMES
            if not over and not (one.application or "").startswith(_OURS):
                self._consider(one)

    def _consider(self, one: Blocker) -> None:
        reason = _untouchable(one)
        if reason:
            self._give_up(one, f"{one} is not ended: {reason}")
        elif one.seconds is not None and one.seconds > self._older_than:
            self._end(one)

    def _end(self, one: Blocker) -> None:
        times = self._asked[one.pid] = self._asked.get(one.pid, 0) + 1
        self._asked_at[one.pid] = time.monotonic()
        asked = {"pid": one.pid, "seconds": self._older_than, "whole": times > 1}
        self._tell(f"ending {one}: it is in our way, in a transaction older than {self._older_than:g} s")
        try:
            row = self._observer.execute(SQL["end_blocker"], asked).fetchone()
        except psycopg.errors.InsufficientPrivilege as error:
            why = error.diag.message_detail or error.diag.message_primary or "no reason given"
            self._give_up(one, f"pid {one.pid} is not ended: the server does not let us: {why}")
            return
        if row is not None and row[0] == "ended":
            self._asked[one.pid] = _TIMES
        self._tell(f"pid {one.pid} was {row[0]}" if row and row[1] else f"pid {one.pid} had ended its transaction")

    def _give_up(self, one: Blocker, told: str) -> None:
        self._asked[one.pid] = _TIMES
        self._tell(told)


def _untouchable(one: Blocker) -> str | None:
    """Why nobody ends it, however old it is."""
    if one.pid == 0:
        return "a prepared transaction is ended by whoever prepared it"
    if one.autovacuum and one.wraparound is not False:
        return "it may be preventing wraparound"
    if one.seconds is None:
        return "the server hides how old its transaction is; grant pg_read_all_stats to the deploying role"
    return None
