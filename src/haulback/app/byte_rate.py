"""Tells bytes with an estimate of the time that is left."""

from __future__ import annotations

from collections.abc import Callable

from haulback.clock import Clock
from haulback.deploy.progress import Progress


class Rate:
    """Estimates from the bytes so far."""

    def __init__(self, progress: Progress, clock: Clock) -> None:
        self._progress, self._clock = progress, clock

    def told(self, step: str) -> Callable[[str, int, int], None]:
        """What is told of one step, from now on."""
        begun = self._clock.monotonic()

        def tell(what: str, done: int, total: int) -> None:
            lasted = self._clock.monotonic() - begun
            left = lasted * (total - done) / done if done else 0.0
            self._progress.part(step, f"{what}, about {left:.0f} s left" if total > done else what, done, total)

        return tell
