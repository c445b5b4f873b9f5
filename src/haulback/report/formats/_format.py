"""What a report format is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from haulback.model.outcome import Outcome
from haulback.report.subjects import LintSubject, PlanSubject


@dataclass(frozen=True, slots=True)
class Format:
    """A member of this room, bound to the name FORMAT in a file of its own.

    Attributes:
        id: what a person types after --format.
        suffixes: of the files that are written in this format where nobody names one.
        plan, deployment, hazards: functions to the whole text, which ends in a line end and holds no secret; None
            where the format has no words for it.
        in_repository: whether its readers look for files from the root of the repository.
    """

    id: str
    suffixes: tuple[str, ...]
    plan: Callable[[PlanSubject], str] | None
    deployment: Callable[[Outcome], str] | None
    hazards: Callable[[LintSubject], str] | None = None
    in_repository: bool = False
