"""Clocks that are set to a moment and stay there."""

from __future__ import annotations

from datetime import datetime

from haulback.clock import SystemClock


class At(SystemClock):
    """Always this moment; waiting takes the time that it takes."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


class Standing(At):
    """Always this moment, and nobody may wait."""

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError(seconds)
