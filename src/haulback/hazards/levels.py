"""How bad a finding is for one target: its environment, the sizes of its tables, and the project's own word. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from haulback.hazards import cost
from haulback.hazards.rule import Family, Found, Rule
from haulback.model.hazard import Known, Level
from haulback.model.target import Environment

# What fails or misleads in every environment alike.
_EVERYWHERE = frozenset({Family.FILE, Family.MIXES})


@dataclass(frozen=True)
class Levels:
    """The rules' levels as one environment has them.

    Attributes:
        set_: level by id, as the configuration says; it counts over everything else.
    """

    environment: Environment = Environment.PRODUCTION
    set_: Mapping[str, Level] = field(default_factory=dict)

    def of(self, rule: Rule, found: Found, known: Known) -> tuple[Level, float | None]:
        """(level, seconds that others would be kept out where that is known)."""
        level = found.level or rule.level
        seconds = _seconds(rule, found, known)
        if seconds is not None:
            level = cost.level(seconds, known.budget)
        if self.environment is Environment.DEVELOPMENT and level is Level.BLOCK and rule.family not in _EVERYWHERE:
            level = Level.WARN
        return self.set_.get(rule.id, level), seconds


def _seconds(rule: Rule, found: Found, known: Known) -> float | None:
    work = found.work or rule.work
    if work is None or not found.table:
        return None
    size = known.sizes.get(found.table)
    if size is None and known.assumed_rows is not None:
        size = cost.assumed(known.assumed_rows)
    return cost.seconds(work, size) if size is not None else None
