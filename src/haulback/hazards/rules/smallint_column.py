"""A column of type smallint: 32,767 are reached soon."""

from __future__ import annotations

from haulback.hazards.rule import Family, Rule
from haulback.model.hazard import Level

RULE = Rule(
    "smallint-column",
    "A column holds no number above 32,767",
    Family.DESIGN,
    Level.NOTE,
    squawk=("prefer-bigint-over-smallint",),
)
