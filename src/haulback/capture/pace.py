"""How large the next piece of a long copy is, and how long to rest after it: both follow what the last one took.

Where users keep the server busy a piece takes longer; the pieces then become smaller and the rests longer.
"""

from __future__ import annotations

from dataclasses import dataclass

from haulback.clock import Clock

MOST = 20_000  # rows of one piece
SHARE = 0.5  # of the time that is spent working
_LEAST = 1_000  # rows, and the first piece: below it what a piece costs by itself outweighs its rows
_GROWTH = 4  # so many times at most, from one piece to the next
_AIM = 0.05  # seconds that a piece may take


@dataclass(frozen=True, slots=True)
class Copied:
    """How far a copy is.

    Attributes:
        rows: copied so far.
        about: how many the statistics say that there are; 0 where they say nothing.
        seconds: since the first piece began, rests included.
        over: whether this is all.
    """

    rows: int
    about: int
    seconds: float
    over: bool = False

    @property
    def total(self) -> int:
        """More than `rows` while there is more to come."""
        return self.rows if self.over else max(self.about, self.rows + 1)

    @property
    def rate(self) -> float:
        """Rows a second."""
        return self.rows / self.seconds if self.seconds > 0 else 0.0

    @property
    def remaining(self) -> float | None:
        """Seconds that are left at this rate; None where nobody knows."""
        return (self.about - self.rows) / self.rate if self.about > self.rows and self.rate else None

    def __str__(self) -> str:
        """Such as `83,000 a second, about 106 s left`."""
        left = None if self.over else self.remaining
        return f"{self.rate:,.0f} a second" + ("" if left is None else f", about {left:,.0f} s left")


class Pace:
    """Paces one copy.

    Args:
        clock: that pieces are timed by and that rests.
        share: of the time that may be spent working, above 0 and up to 1; what the last piece took is rested after it
            in proportion.
        most: rows of one piece.
    """

    def __init__(self, clock: Clock, share: float = SHARE, most: int = MOST) -> None:
        self._clock, self._share, self._most = clock, share, most
        self._began = self._piece = clock.monotonic()
        self.rows = min(_LEAST, most)

    @property
    def seconds(self) -> float:
        """Since the copy began."""
        return self._clock.monotonic() - self._began

    def begin(self) -> None:
        """A piece begins."""
        self._piece = self._clock.monotonic()

    def rest(self, copied: int) -> None:
        """Rests after a piece of so many rows, and sizes the next one."""
        took = self._clock.monotonic() - self._piece
        fitting = self._most if copied * _AIM >= took * self._most else int(copied * _AIM / took)
        self.rows = max(min(fitting, self.rows * _GROWTH, self._most), min(_LEAST, self._most))
        pause = took * (1 - self._share) / self._share
        if pause > 0:
            self._clock.sleep(pause)
