"""One column is set twice in one statement: the server refuses it."""

from __future__ import annotations

from haulback.hazards.rule import Family, Rule
from haulback.model.hazard import Level

RULE = Rule(
    "column-assigned-twice",
    "A statement sets one column twice, which fails",
    Family.MIXES,
    Level.BLOCK,
    squawk=("ban-duplicate-column-assignments",),
)
