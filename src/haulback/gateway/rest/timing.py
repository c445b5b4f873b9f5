"""How long the stages of one request took: the Server-Timing header, as PostgREST has it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from time import perf_counter

from haulback.gateway.answer import Answer


class Timing:
    """A stop watch; stages are told in the order in which they end.

    Args:
        clock: seconds that only go forward.
    """

    __slots__ = ("_clock", "_last", "_stages")

    def __init__(self, clock: Callable[[], float] = perf_counter) -> None:
        self._clock = clock
        self._stages: list[tuple[str, float]] = []
        self._last = clock()

    def ended(self, stage: str) -> None:
        """A stage ended, and the next begins."""
        now = self._clock()
        self._stages.append((stage, now - self._last))
        self._last = now

    def told(self, answer: Answer) -> Answer:
        """The answer with the stages in it, `response` the last."""
        self.ended("response")
        text = ", ".join(f"{stage};dur={1000 * seconds:.1f}" for stage, seconds in self._stages)
        return replace(answer, headers=(*answer.headers, ("Server-Timing", text)))
