"""The pace of a long copy follows what its pieces take."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from haulback.capture.pace import MOST, Copied, Pace


class Told:
    """A clock that goes on when it is told to, and notes how long it was slept on."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time, UTC)

    def monotonic(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += seconds


def run(clock: Told, pace: Pace, took: float) -> None:
    rows = pace.rows
    pace.begin()
    clock.time += took
    pace.rest(rows)


@pytest.mark.parametrize(("share", "rest"), [(0.5, 0.04), (0.25, 0.12), (0.8, 0.01)])
def test_a_rest_is_in_proportion_to_the_work(share: float, rest: float) -> None:
    clock = Told()
    run(clock, Pace(clock, share), 0.04)
    assert clock.slept == [pytest.approx(rest)]


def test_a_share_of_one_never_rests() -> None:
    clock = Told()
    run(clock, Pace(clock, 1.0), 0.04)
    assert clock.slept == []


def test_pieces_grow_while_they_are_quick_and_shrink_once_they_are_slow() -> None:
    clock = Told()
    pace = Pace(clock)
    sizes = [pace.rows]
    for _ in range(4):
        run(clock, pace, 0.001)
        sizes.append(pace.rows)
    assert sizes == [1_000, 4_000, 16_000, MOST, MOST]
    run(clock, pace, 0.5)
    assert pace.rows == MOST // 10


@given(st.lists(st.floats(0, 100), max_size=30), st.integers(1, MOST), st.floats(0.01, 1))
def test_a_piece_is_never_empty_nor_above_the_most(times: list[float], most: int, share: float) -> None:
    clock = Told()
    pace = Pace(clock, share, most)
    for took in times:
        run(clock, pace, took)
        assert 1 <= pace.rows <= most


def test_what_is_told_of_a_copy() -> None:
    assert str(Copied(1_000_000, 10_000_000, 10)) == "100,000 a second, about 90 s left"
    assert str(Copied(1_000_000, 0, 10)) == "100,000 a second"
    assert str(Copied(10, 10, 0, over=True)) == "0 a second"
    assert Copied(5, 0, 1).total == 6
    assert Copied(5, 3, 1).total == 6
    assert Copied(5, 9, 1).total == 9
    assert Copied(5, 9, 1, over=True).total == 5
