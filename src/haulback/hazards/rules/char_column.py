"""char(n): text that is padded with spaces."""

from __future__ import annotations

from haulback.hazards.rule import Family, Rule
from haulback.model.hazard import Level

RULE = Rule(
    "char-column",
    "A column pads its text with spaces",
    Family.DESIGN,
    Level.NOTE,
    squawk=("ban-char-field",),
)
