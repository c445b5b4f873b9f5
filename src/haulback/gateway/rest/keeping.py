"""Plans that were made, and how long their statements take."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from haulback.gateway.rest.planned import Planned, RequestShape

_MOST = 2000  # plans of one worker; one takes a few kilobytes
_QUICK = 0.003  # seconds on average below which a statement may share a connection with others
_KNOWN_AFTER = 3  # runs before an average is believed


@dataclass(slots=True)
class Kept:
    """A plan with what was seen of it.

    Attributes:
        main, estimate: SQL of its statements as it is sent.
        seconds: that the server takes for it, a moving average.
    """

    planned: Planned
    main: bytes
    estimate: bytes | None
    runs: int = 0
    seconds: float = 0.0

    @property
    def quick(self) -> bool:
        """Whether it may go by the shared connection: it only reads, and is known to end soon."""
        return self.planned.shareable and self.runs >= _KNOWN_AFTER and self.seconds < _QUICK

    def saw(self, seconds: float) -> None:
        self.runs += 1
        self.seconds = seconds if self.runs == 1 else self.seconds * 0.8 + seconds * 0.2


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
