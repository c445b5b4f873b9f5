"""A migration file with the safe rewrites of its hazards in place."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from haulback.model.hazard import Hazard


@dataclass(frozen=True, slots=True)
class Applied:
    """One rewrite that was put in place.

    Attributes:
        id: of the hazard that it answers.
        line: of the statement, in the file as it was.
        told: what the hazard told.
    """

    id: str
    line: int
    told: str


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A text with its rewrites in place.

    Attributes:
        text: equal to what was given where nothing applied.
        applied: in the order of the file.
        left: hazards that warn or block and are still raised, with their places in `text`; where a rewrite was
            there and could not be put in place, the advice says why.
        problems: what could not be looked at; it reads unknown, not well.
    """

    text: str
    applied: tuple[Applied, ...] = ()
    left: tuple[Hazard, ...] = ()
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RewrittenFile:
    """One file on disk.

    Attributes:
        written: its text as it stands.
        found: the same with rewrites in place.
        problem: why it could not be read, where it could not.
    """

    path: Path
    written: str
    found: Rewritten
    problem: str = ""

    @property
    def changed(self) -> bool:
        return self.found.text != self.written

    @property
    def blocks(self) -> bool:
        """Whether the file would refuse a deployment even so."""
        return bool(self.problem) or any(one.blocks for one in self.found.left)
