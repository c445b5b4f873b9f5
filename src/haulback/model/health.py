"""Whether the three services of a target's API do what they are there for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Service(StrEnum):
    """What an API serves."""

    REST = "rest"
    GRAPHQL = "graphql"
    REALTIME = "realtime"


class State(StrEnum):
    """How a service is; unknown where nobody could ask it."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """What became of asking one service.

    Attributes:
        told: for a person, in lower case.
        milliseconds: from the first byte sent to the last that had to come; None where it is not up.
        parts: milliseconds of the steps of it, in their order.
    """

    service: Service
    state: State
    told: str = ""
    milliseconds: float | None = None
    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Health:
    """The services that were asked, in the order of `Service`."""

    target: str
    services: tuple[ServiceHealth, ...]

    @property
    def state(self) -> State:
        """That of the worst."""
        states = {one.state for one in self.services}
        return next((one for one in (State.DOWN, State.UNKNOWN) if one in states), State.UP)
