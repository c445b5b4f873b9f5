"""Short tries for a lock that somebody holds, with pauses in which everybody else passes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import psycopg

from haulback.clock import Clock
from haulback.errors import HaulbackError

_FIRST, _LONGEST = 0.1, 2.0  # seconds


class RowsBusy(HaulbackError):
    template = "an open transaction holds rows of {identity}, and did not end within {seconds:g} s"
    hint_template = "What came back so far is kept. Run the same command again: it goes on where it stopped."


@dataclass(frozen=True, slots=True)
class Patience:
    """How long tries go on.

    Attributes:
        seconds: after which a lock is not waited for any longer.
        told: called with what is waited for, once a pause.
    """

    identity: str
    seconds: float
    clock: Clock
    told: Callable[[int], None] = lambda _tries: None

    def until_free(self, act: Callable[[], None]) -> None:
        """Runs one short transaction; again where it did not get a lock.

        Raises:
            RowsBusy: patience is over. Nothing of this transaction was done.
        """
        begun, pause, tries = self.clock.monotonic(), _FIRST, 0
        while True:
            try:
                act()
            except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
                tries += 1
                if self.clock.monotonic() - begun >= self.seconds:
                    raise RowsBusy(identity=self.identity, seconds=self.seconds) from error
                self.told(tries)
                self.clock.sleep(pause)
                pause = min(pause * 2, _LONGEST)
            else:
                return
