"""varchar(n): the limit is part of the type."""

from __future__ import annotations

from haulback.hazards.rule import Family, Rule
from haulback.model.hazard import Level

RULE = Rule(
    "varchar-with-length",
    "A column's type limits the length of its text",
    Family.DESIGN,
    Level.NOTE,
    squawk=("prefer-text-field",),
)
