"""How often something may happen."""

from __future__ import annotations

_BURST = 5.0  # seconds whose share may come at once; Supabase counts in ticks of as long


class Rate:
    """Allows so many a second on average.

    Args:
        a_second: how many.
        burst: seconds whose share may come at once.
    """

    __slots__ = ("_a_second", "_at", "_left", "_most")

    def __init__(self, a_second: float, burst: float = _BURST) -> None:
        self._a_second = a_second
        self._most = self._left = a_second * burst
        self._at = 0.0

    def take(self, now: float, count: int = 1) -> bool:
        """Whether so many more may happen now, seconds that only go forward; if so, they are counted."""
        self._left = min(self._most, self._left + (now - self._at) * self._a_second)
        self._at = now
        if self._left < count:
            return False
        self._left -= count
        return True


class Window:
    """Allows so many within a time that begins with the first of them.

    Args:
        most: how many.
        seconds: of the time.
    """

    __slots__ = ("_count", "_most", "_seconds", "_until")

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._count = 0
        self._until = float("-inf")

    def take(self, now: float) -> bool:
        """Whether one more may happen now; if so, it is counted."""
        if now > self._until:
            self._until, self._count = now + self._seconds, 0
        if self._count >= self._most:
            return False
        self._count += 1
        return True
