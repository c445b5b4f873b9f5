"""How often one address may be wrong."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager

from haulback.gateway.accounts.refused import Refused

_ADDRESSES = 10_000  # that are remembered


class Attempts:
    """Counts what failed, by the address that it came from, in a window of time.

    A try counts from its beginning, so that many at once are no way round; one that was not wrong is given back.

    Args:
        most: tries that may fail in a window.
        window: seconds.
        clock: seconds that only go forward.
    """

    def __init__(self, most: int, window: float, clock: Callable[[], float]) -> None:
        self._most = most
        self._window = window
        self._clock = clock
        self._counted: OrderedDict[str, tuple[float, int]] = OrderedDict()

    def begin(self, address: str) -> None:
        """Counts a try.

        Raises:
            Refused: there have been too many.
        """
        now = self._clock()
        began, count = self._counted.pop(address, (now, 0))
        if now - began >= self._window:
            began, count = now, 0
        if count < self._most:
            self._remember(address, began, count + 1)
            return
        self._remember(address, began, count)
        wait = int(self._window - (now - began)) + 1
        raise Refused(429, "over_request_rate_limit", "Request rate limit reached", retry_after=wait)

    @contextmanager
    def judged(self, address: str, wrong: Collection[str]) -> Iterator[None]:
        """Counts a try, which stays counted where it is refused with one of the codes that mean a wrong guess.

        Raises:
            Refused: there have been too many.
        """
        self.begin(address)
        try:
            yield
        except Refused as refused:
            if refused.code not in wrong:
                self.give_back(address)
            raise
        except BaseException:
            self.give_back(address)
            raise
        self.give_back(address)

    def give_back(self, address: str) -> None:
        """Takes a try for none: it was right, or came to nothing."""
        began, count = self._counted.get(address, (0.0, 0))
        if count:
            self._counted[address] = (began, count - 1)

    def _remember(self, address: str, began: float, count: int) -> None:
        self._counted[address] = (began, count)
        if len(self._counted) > _ADDRESSES:
            self._counted.popitem(last=False)
