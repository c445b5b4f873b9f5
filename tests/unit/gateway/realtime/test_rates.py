"""How often something may happen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from haulback.gateway.realtime.rates import Rate, Window


@given(st.integers(1, 100), st.lists(st.floats(0, 2), max_size=200))
def test_never_more_than_the_rate_and_its_burst(a_second: int, pauses: list[float]) -> None:
    rate, now, taken = Rate(a_second, burst=2), 0.0, 0
    for pause in pauses:
        now += pause
        taken += rate.take(now)
        assert taken <= a_second * (now + 2) + 1e-6


def test_who_waits_may_again() -> None:
    rate = Rate(10, burst=1)
    assert [rate.take(0) for _ in range(11)] == [True] * 10 + [False]
    assert not rate.take(0.05)
    assert rate.take(0.1)
    assert rate.take(100, 10)
    assert not rate.take(100)


def test_a_window_begins_with_the_first_of_its_own() -> None:
    window = Window(2, 30)
    assert [window.take(at) for at in (100, 110, 120, 130, 130.1, 135, 140)] == [
        True,
        True,
        False,
        False,
        True,
        True,
        False,
    ]
