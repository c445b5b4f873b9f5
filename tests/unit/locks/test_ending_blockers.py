"""Whom we end on request, decided without a server."""

from __future__ import annotations

import pytest

from haulback.model.blocker import Blocker
from haulback.pg.blockers import BlockerEnder


class Observer:
    """Notes what it is asked, and says that it was done."""

    def __init__(self) -> None:
        self.asked: list[dict[str, object]] = []

    def execute(self, _query: str, parameters: dict[str, object]) -> Observer:
        self.asked.append(parameters)
        return self

    def fetchone(self) -> tuple[str, bool]:
        return "cancelled", True


@pytest.mark.parametrize(
    ("blocker", "reason"),
    [
        (Blocker(0, None, None, None), "whoever prepared it"),
        (Blocker(7, "app", None, None), "grant pg_read_all_stats"),
        (Blocker(7, None, "autovacuum", 900.0, autovacuum=True, wraparound=True), "wraparound"),
        (Blocker(7, None, "autovacuum", None, autovacuum=True, wraparound=None), "wraparound"),
    ],
)
def test_who_is_never_ended_is_told_once(blocker: Blocker, reason: str) -> None:
    observer, told = Observer(), []
    ender = BlockerEnder(observer, 60.0, told.append)
    ender((blocker,))
    ender((blocker,))

    assert observer.asked == []
    assert len(told) == 1
    assert reason in told[0]


@pytest.mark.parametrize(
    "blocker", [Blocker(7, "app", "active", 59.0), Blocker(7, "haulback/0123/work", "idle in transaction", 900.0)]
)
def test_the_young_and_our_own_are_left_alone(blocker: Blocker) -> None:
    observer, told = Observer(), []
    BlockerEnder(observer, 60.0, told.append)((blocker,))
    assert (observer.asked, told) == ([], [])


def test_an_old_one_is_asked_once_and_gets_time_to_end() -> None:
    observer, told = Observer(), []
    ender = BlockerEnder(observer, 60.0, told.append)
    for _ in range(3):
        ender((Blocker(7, "app", "active", 61.0),))

    assert observer.asked == [{"pid": 7, "seconds": 60.0, "whole": False}]
    assert told == [
        "ending pid 7 (app, active for 61 s): it is in our way, in a transaction older than 60 s",
        "pid 7 was cancelled",
    ]
