"""What happens between two tries for a lock: others pass, and nobody queues behind us."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import psycopg

from haulback.clock import Clock
from haulback.model.blocker import Blocker
from haulback.pg.lock_watch import LOOK_EVERY, Holder, Watch

_FIRST, _LONGEST = 0.1, 2.0  # seconds
_PASSING = 2.0  # times the wait of a try: so at most a third of the time is spent in the queue, whoever comes
_VACUUM_ENDS = 3.0  # seconds that autovacuum gets to end by itself
_RETELL = 5.0  # seconds
_BEYOND = 0.2  # seconds past deadlock_timeout


@dataclass
class Pause:
    """The pauses of one `patiently`: longer and longer.

    Attributes:
        wait: seconds that a usual try waits for a lock.
        jitter: 0 to 1.
        resorted: autovacuum workers that did not give way to a last resort.
    """

    wait: float
    jitter: Callable[[], float]
    resorted: set[int] = field(default_factory=set)
    _next: float = _FIRST

    def seconds(self) -> float:
        found = max(self._next * (0.5 + self.jitter()), _PASSING * self.wait)
        self._next = min(self._next * 2, _LONGEST)
        return found


def give_way(
    watching: Watch,
    pause: Pause,
    left: float,
    told: Callable[[tuple[Blocker, ...]], None],
    note: Callable[[str], None],
    clock: Clock,
) -> float | None:
    """Pauses, and goes on pausing while who held the lock still holds it: a try would only queue up in vain.

    Looks at pg_locks, so that the next try comes within LOOK_EVERY after the lock is free. When only autovacuum is
    in the way, it says so and gives up pausing.

    Args:
        watching: the watch of the try that failed.
        pause: of this `patiently`.
        left: seconds of patience.
        told: called now and then with who is still in the way.
        note: called with what a person should know.
        clock: for the pauses.

    Returns:
        Seconds that the next try has to wait for a lock, where autovacuum gives way to no shorter one; else None.
    """
    begun = told_at = clock.monotonic()
    clock.sleep(min(pause.seconds(), max(left, 0.0)))
    before = watching.held_by
    while (waited := clock.monotonic() - begun) < left:
        before = _still(watching, before)
        blockers = tuple(one.blocker for one in before)
        if not before:
            return None
        watching.meet(blockers)
        if waited >= min(_VACUUM_ENDS, left / 3) and all(one.autovacuum for one in blockers):
            wait = _last_resort(watching, pause, blockers, note)
            if wait is not None:
                return wait
        if clock.monotonic() - told_at >= _RETELL:
            told_at = clock.monotonic()
            told(blockers)
        clock.sleep(LOOK_EVERY)
    return None


def _still(watching: Watch, before: tuple[Holder, ...]) -> tuple[Holder, ...]:
    """Who of them holds the lock still; whoever came since may be gone again before our next try."""
    keys = {one.key for one in before}
    try:
        return tuple(one for one in watching.holders() if one.key in keys) if before else ()
    except psycopg.Error:
        return ()  # the next try meets the same fault and tells it


def _last_resort(
    watching: Watch, pause: Pause, blockers: tuple[Blocker, ...], note: Callable[[str], None]
) -> float | None:
    new = {one.pid for one in blockers} - pause.resorted
    if not new:
        return None
    pause.resorted |= new
    stubborn = [one for one in blockers if one.wraparound]
    if stubborn:
        note(f"{stubborn[0]} gives way to nobody: wait until it is done")
        return None
    return watching.deadlock_timeout() + _BEYOND
