"""Plans that were made, and how long their statements take."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from haulback.gateway.rest.planned import Planned, RequestShape

_MOST = 2000  # plans of one worker; one takes a few kilobytes
_QUICK = 0.003  # seconds at best below which a statement may share a connection with others
_KNOWN_AFTER = 3  # runs before that is believed
_FORGETS = 1.02  # by which the best time grows with each run, so that a table may grow too
_TOO_LONG = 0.02  # seconds on the shared connection that others must not have to wait again…
_PENANCE = 64  # …for so many runs


@dataclass(slots=True)
class Kept:
    """A plan with what was seen of it.

    Attributes:
        main, estimate: SQL of its statements as it is sent.
        best: seconds that the server took for it at best of late. The best, because on a busy machine everything takes
            long, and a statement that was slow for that reason must not lose its place.
        penance: runs that it must go alone, after one that held up others.
    """

    planned: Planned
    main: bytes
    estimate: bytes | None
    runs: int = 0
    best: float = math.inf
    penance: int = 0

    @property
    def quick(self) -> bool:
        """Whether it may go by the shared connection: it only reads, and is known to end soon."""
        return self.planned.shareable and self.runs >= _KNOWN_AFTER and self.best < _QUICK and not self.penance

    def saw(self, seconds: float, *, shared: bool) -> None:
        """Notes how long a run took, and whether others waited behind it."""
        self.runs += 1
        self.best = min(self.best * _FORGETS, seconds)
        if shared and seconds > _TOO_LONG:
            self.penance = _PENANCE
        elif self.penance:
            self.penance -= 1


class Plans:
    """The plans used last, by the shape of their request."""

    def __init__(self) -> None:
        self._plans: OrderedDict[RequestShape, Kept] = OrderedDict()

    def of(self, shape: RequestShape, plan: Callable[[], Planned]) -> Kept:
        """The plan of a shape, made where there is none.

        Raises:
            Refusal: `plan` refused the request; nothing is kept of it.
        """
        kept = self._plans.get(shape)
        if kept is not None:
            self._plans.move_to_end(shape)
            return kept
        made = plan()
        estimate = made.estimate.sql.encode() if made.estimate else None
        kept = self._plans[shape] = Kept(made, made.main.sql.encode(), estimate)
        if len(self._plans) > _MOST:
            self._plans.popitem(last=False)
        return kept

    def clear(self) -> None:
        self._plans.clear()
