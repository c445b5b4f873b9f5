"""How often one address may be wrong."""

from __future__ import annotations

import pytest

from haulback.gateway.accounts.attempts import Attempts
from haulback.gateway.accounts.refused import Refused


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def attempts(clock: Clock) -> Attempts:
    return Attempts(3, 60.0, clock)


def test_one_address_waits_and_another_does_not(attempts: Attempts) -> None:
    for _ in range(3):
        attempts.begin("a")
    with pytest.raises(Refused) as refused:
        attempts.begin("a")
    assert (refused.value.status, refused.value.retry_after) == (429, 61)
    attempts.begin("b")


def test_the_wait_ends_with_the_window(attempts: Attempts, clock: Clock) -> None:
    for moment in (0.0, 30.0, 59.0):
        clock.now = moment
        attempts.begin("a")
    with pytest.raises(Refused):
        attempts.begin("a")
    clock.now = 60.0
    attempts.begin("a")


def test_what_is_right_does_not_count(attempts: Attempts) -> None:
    for _ in range(10):
        attempts.begin("a")
        attempts.give_back("a")
    attempts.give_back("a")
    for _ in range(3):
        attempts.begin("a")
    with pytest.raises(Refused):
        attempts.begin("a")


def test_asking_while_waiting_does_not_prolong_the_wait(attempts: Attempts, clock: Clock) -> None:
    for second in range(60):
        clock.now = second
        try:
            attempts.begin("a")
        except Refused:
            continue
    clock.now = 60.0
    attempts.begin("a")


def test_only_so_many_addresses_are_remembered(attempts: Attempts) -> None:
    for number in range(20_000):
        attempts.begin(str(number))
    assert len(attempts._counted) == 10_000
