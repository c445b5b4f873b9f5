"""How long a statement takes, and so whether it may share a connection with others."""

from __future__ import annotations

import math
from dataclasses import dataclass

_QUICK = 0.003  # seconds at best below which a statement may share a connection with others
_KNOWN_AFTER = 3  # runs before that is believed
_FORGETS = 1.02  # by which the best time grows with each run, so that a table may grow too
_TOO_LONG = 0.02  # seconds on the shared connection that others must not have to wait again…
_PENANCE = 64  # …for so many runs


@dataclass(slots=True)
class Pace:
    """What was seen of the runs of one statement.

    Attributes:
        best: seconds that the server took for it at best of late. The best, because on a busy machine everything takes
            long, and a statement that was slow for that reason must not lose its place.
        penance: runs that it must go alone, after one that held up others.
    """

    runs: int = 0
    best: float = math.inf
    penance: int = 0

    @property
    def quick(self) -> bool:
        """Whether it is known to end soon."""
        return self.runs >= _KNOWN_AFTER and self.best < _QUICK and not self.penance

    def saw(self, seconds: float, *, shared: bool) -> None:
        """Notes how long a run took, and whether others waited behind it."""
        self.runs += 1
        self.best = min(self.best * _FORGETS, seconds)
        if shared and seconds > _TOO_LONG:
            self.penance = _PENANCE
        elif self.penance:
            self.penance -= 1
