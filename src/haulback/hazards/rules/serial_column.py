"""serial: a default and a sequence that each go their own way."""

from __future__ import annotations

from haulback.hazards.rule import Family, Rule
from haulback.model.hazard import Level

RULE = Rule(
    "serial-column",
    "A column counts with serial instead of identity",
    Family.DESIGN,
    Level.NOTE,
    squawk=("prefer-identity",),
)
