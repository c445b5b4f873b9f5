"""A column of type integer or serial: two thousand million are reached sooner than thought."""

from __future__ import annotations

from haulback.hazards.rule import Family, Rule
from haulback.model.hazard import Level

RULE = Rule(
    "integer-column",
    "A column holds no number above 2,147,483,647",
    Family.DESIGN,
    Level.NOTE,
    squawk=("prefer-bigint-over-int",),
)
