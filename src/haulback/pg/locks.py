"""Keeps the lock budget: nobody waits long because of us.

A single try waits half the budget (lock_timeout), then gives way so that the readers and writers queued behind
it pass. It is made again once whoever held the lock has let go of it, so that nobody queues behind us meanwhile.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import psycopg

from haulback.clock import Clock, SystemClock
from haulback.errors import Exit, HaulbackError
from haulback.model.blocker import Blocker
from haulback.pg.giving_way import Pause, give_way
from haulback.pg.lock_watch import Overrun, Watch

RETRIED = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)
_CANCELLED = "57014"  # query_canceled
_NAMED = 3  # of those who waited

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LockBudget:
    """How long others may wait because of us, and how long we go on trying; seconds.

    Attributes:
        budget: the longest that any other session may be kept waiting because of us.
        patience: how long we go on trying for a lock.
        cancel_older_than: the age of a transaction from which on we end a session that keeps us from a lock; None
            ends nobody.
    """

    budget: float = 1.0
    patience: float = 60.0
    cancel_older_than: float | None = None

    @property
    def lock_timeout_ms(self) -> int:
        return max(1, int(self.budget * 500))


class LockPatienceOver(HaulbackError):
    template = "gave up waiting for a lock after {tries} tries in {seconds:.0f} s{apart}; blocked by {blockers}"
    hint_template = "End what holds the lock, or run the same command at a quieter time."
    exit_code = Exit.ROLLED_BACK


class HeldTooLong(HaulbackError):
    template = (
        "{where}: ended after {held:.1f} s with {lock}, which kept {waiting} waiting for {waited:.1f} s; "
        "the lock budget is {budget:g} s"
    )
    hint_template = (
        "Write it so that it holds no lock for long (`haulback plan --rewrite` shows how), run the same command at a "
        "quieter time, or raise deploy.lock_budget if others may wait that long."
    )
    exit_code = Exit.ROLLED_BACK


def patiently(
    attempt: Callable[[int], T],
    watch: Callable[[float], Watch],
    budget: LockBudget,
    *,
    what: str = "",
    told: Callable[[int, tuple[Blocker, ...]], None] = lambda _tries, _blockers: None,
    note: Callable[[str], None] = lambda _text: None,
    clock: Clock | None = None,
    jitter: Callable[[], float] = random.random,
) -> T:
    """Calls `attempt` until it gets its locks.

    Args:
        attempt: begins, acts and commits; leaves no open transaction when it raises. Gets the lock_timeout of this
            try in milliseconds.
        watch: makes the watch over the session that attempts, for a try whose locks wait so many seconds.
        budget: how long to go on.
        what: is attempted, for messages.
        told: called with the number of tries so far and who blocked the last one, before each pause and in long
            ones now and then.
        note: called with what a person should know before it happens.
        clock: for the pauses.
        jitter: 0 to 1; spreads the tries of several deployers.

    Raises:
        LockPatienceOver: when the patience is over.
        HeldTooLong: when `attempt` was ended because it kept others waiting.
        Exception: whatever else `attempt` raises passes through.
    """
    clock = clock or SystemClock()
    begun, tries, usual = clock.monotonic(), 0, budget.lock_timeout_ms / 1000
    pause, wait = Pause(usual, jitter), usual
    resorts: list[float] = []
    while True:
        tries += wait == usual
        watching = watch(wait)
        try:
            with watching.running():
                return attempt(round(wait * 1000))
        except (HaulbackError, psycopg.Error) as error:
            if not _gave_way(error, watching, budget, what):
                raise
            failure = error
        told(tries, watching.blockers)
        left = budget.patience - (clock.monotonic() - begun)
        resort = give_way(watching, pause, left, partial(told, tries), note, clock)
        if clock.monotonic() - begun >= budget.patience:
            described = "; ".join(map(str, watching.blockers)) or "a session that was gone when we looked"
            apart = "".join(f" and one of {one:.1f} s for autovacuum to give way" for one in resorts)
            seconds = clock.monotonic() - begun
            raise LockPatienceOver(tries=tries, seconds=seconds, apart=apart, blockers=described) from failure
        wait = resort or usual
        if resort:
            resorts.append(resort)
            note(
                f"{what}: the last resort: one try of {resort:.1f} s, since autovacuum gives way only to who waits "
                "longer than deadlock_timeout"
            )


def _gave_way(error: Exception, watching: Watch, budget: LockBudget, what: str) -> bool:
    """Whether a failed try is made again.

    Raises:
        HeldTooLong: it was ended by us, and not for what it waited for but for what it held.
    """
    if isinstance(error, RETRIED):
        return True
    overrun, fields = watching.overrun, getattr(error, "fields", {})
    state = error.sqlstate if isinstance(error, psycopg.Error) else fields.get("sqlstate")
    if overrun is None or state != _CANCELLED:
        return False
    if overrun.queued:
        return True
    raise _held_too_long(overrun, fields, budget, what) from error


def _held_too_long(overrun: Overrun, fields: dict[str, object], budget: LockBudget, what: str) -> HeldTooLong:
    where = what
    if "file" in fields:
        where = "{file}:{line}:{column}".format(**fields)
        if "statement" in fields:
            where += f" ({fields['statement']})"
    return HeldTooLong(
        where=where,
        held=overrun.held,
        lock=overrun.lock,
        waiting=_named(overrun.waiting),
        waited=overrun.waited,
        budget=budget.budget,
    )


def _named(waiting: tuple[Blocker, ...]) -> str:
    named = [f"pid {one.pid} ({one.application or 'unknown application'})" for one in waiting]
    more = len(named) - _NAMED
    return ", ".join(named[:_NAMED]) + (f" and {more} more" if more > 0 else "")
