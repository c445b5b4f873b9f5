"""When the next try comes, decided over a made-up server."""

from __future__ import annotations

import pytest

from haulback.model.blocker import Blocker
from haulback.pg.giving_way import Pause, give_way
from haulback.pg.lock_watch import Holder

IDLE = Blocker(7, "psql", "idle in transaction", 60.0)
VACUUM = Blocker(8, None, "autovacuum", 60.0, autovacuum=True)
FREEZE = Blocker(9, None, "autovacuum", 60.0, autovacuum=True, wraparound=True)


class Steps:
    """A clock that goes on only by pauses."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


class Server:
    """Stands in for a Watch: each holder keeps the lock until a second of the clock."""

    def __init__(self, clock: Steps, holders: dict[Blocker, float], later: dict[Blocker, float] | None = None) -> None:
        self._clock = clock
        self._all = holders | (later or {})
        self.held_by = tuple(Holder("1/1", one) for one in holders)
        self.met: list[tuple[Blocker, ...]] = []

    def holders(self) -> tuple[Holder, ...]:
        return tuple(Holder("1/1", one) for one, until in self._all.items() if self._clock.seconds < until)

    def meet(self, blockers: tuple[Blocker, ...]) -> None:
        self.met.append(blockers)

    def deadlock_timeout(self) -> float:
        return 1.0


@pytest.fixture
def clock() -> Steps:
    return Steps()


def way(clock: Steps, server: Server, left: float = 60.0, pause: Pause | None = None):
    told, notes = [], []
    wait = give_way(server, pause or Pause(0.5, lambda: 0.5), left, told.append, notes.append, clock)
    return wait, told, notes


def test_the_next_try_comes_within_a_look_after_the_lock_is_free(clock: Steps) -> None:
    wait, told, _ = way(clock, Server(clock, {IDLE: 20.03}))

    assert wait is None
    assert 20.03 <= clock.seconds <= 20.03 + 0.11
    assert told == [(IDLE,)] * 3


def test_a_pause_is_twice_as_long_as_a_try_even_where_the_lock_is_free_at_once(clock: Steps) -> None:
    way(clock, Server(clock, {IDLE: 0.0}))
    assert clock.seconds == pytest.approx(1.0)


def test_whoever_came_since_is_found_by_the_next_try(clock: Steps) -> None:
    other = Blocker(70, "psql", "idle in transaction", 1.0)
    way(clock, Server(clock, {IDLE: 2.0}, {other: 50.0}))
    assert clock.seconds < 2.2


def test_patience_bounds_it(clock: Steps) -> None:
    way(clock, Server(clock, {IDLE: 999.0}), left=3.0)
    assert clock.seconds == pytest.approx(3.0, abs=0.11)


def test_pauses_grow_where_nobody_is_known(clock: Steps) -> None:
    pause, lengths = Pause(0.01, lambda: 0.5), []
    for _ in range(7):
        before = clock.seconds
        way(clock, Server(clock, {}), pause=pause)
        lengths.append(clock.seconds - before)
    assert lengths == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0])


def test_autovacuum_gets_time_to_end_and_then_one_longer_try(clock: Steps) -> None:
    pause = Pause(0.5, lambda: 0.5)
    wait, _, _ = way(clock, Server(clock, {VACUUM: 999.0}), pause=pause)
    assert wait == pytest.approx(1.2)
    assert 3.0 <= clock.seconds <= 3.2

    wait, _, _ = way(clock, Server(clock, {VACUUM: 999.0}), left=10.0, pause=pause)
    assert wait is None


def test_somebody_beside_autovacuum_is_waited_for_first(clock: Steps) -> None:
    wait, _, _ = way(clock, Server(clock, {VACUUM: 999.0, IDLE: 10.0}))
    assert wait == pytest.approx(1.2)
    assert clock.seconds >= 10.0


def test_against_wraparound_no_longer_try_helps(clock: Steps) -> None:
    wait, _, notes = way(clock, Server(clock, {FREEZE: 999.0}), left=20.0)
    assert wait is None
    assert notes == ["pid 9 (autovacuum to prevent wraparound for 60 s) gives way to nobody: wait until it is done"]
