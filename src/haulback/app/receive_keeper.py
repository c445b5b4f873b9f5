"""Keeps `haulback pitr receive` running beside `haulback up`, and gives its slot up where that is switched off."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress

from haulback.app import receiving
from haulback.clock import Clock
from haulback.model.settings import Settings
from haulback.model.target import Target

_LONGEST = 60.0  # seconds between two tries
_PATIENCE = 15.0  # seconds for it to end
_STDERR = 2  # what it says is no part of the result of `haulback up`


class ReceiveKeeper:
    """Runs it in a process of its own, which begins streams again by itself; here only that process is looked after."""

    def __init__(self, settings: Settings, target: Target, clock: Clock) -> None:
        self._settings, self._target, self._clock = settings, target, clock
        self._process: subprocess.Popen[bytes] | None = None
        self._next = clock.monotonic()
        self._wait = 1.0
        self._given_up = False

    def look(self) -> None:
        """Starts it where it should run and does not; drops the slot, once, where it should not.

        Raises:
            HaulbackError, psycopg.Error: the server is not there; the next look tries again.
        """
        if self._target.receive == "off":
            if not self._given_up:
                # Else it would hold the log back for ever, with nobody to receive it.
                receiving.give_up(self._settings, self._target)
                self._given_up = True
            return
        if self._process and self._process.poll() is None:
            return
        if self._clock.monotonic() < self._next:
            return
        self._process = subprocess.Popen(
            [sys.executable, "-m", "haulback", "pitr", "receive", "--target", self._target.name],
            cwd=self._settings.root, stdin=subprocess.DEVNULL, stdout=_STDERR, start_new_session=True,
        )  # fmt: skip
        self._next = self._clock.monotonic() + self._wait
        self._wait = min(self._wait * 2, _LONGEST)

    def end(self) -> None:
        """Ends it; what was received stays, and the slot keeps what is to come."""
        if self._process and self._process.poll() is None:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_PATIENCE)
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
