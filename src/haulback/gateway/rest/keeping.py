"""Plans that were made, and how long their statements take."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from haulback.gateway.pace import Pace
from haulback.gateway.rest.planned import Planned, RequestShape

_MOST = 2000  # plans of one worker; one takes a few kilobytes
_NUMBERS = count()


@dataclass(slots=True)
class Kept:
    """A plan with what was seen of it.

    Attributes:
        main, estimate: SQL of its statements as it is sent.
        number: which no other plan has or had. Connections know statements by it, and for longer than the plan is kept;
            its id() would be given to another.
    """

    planned: Planned
    main: bytes
    estimate: bytes | None
    pace: Pace = field(default_factory=Pace)
    number: int = field(default_factory=_NUMBERS.__next__)

    @property
    def quick(self) -> bool:
        """Whether it may go by a shared connection: it only reads, or writes one row, and is known to end soon."""
        return self.planned.shareable and self.pace.quick


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
