"""ALTER TYPE ... ADD VALUE without BEFORE or AFTER: the value comes last in every order."""

from __future__ import annotations

from haulback.hazards.rule import Family, Rule
from haulback.model.hazard import Level

RULE = Rule(
    "enum-value-without-place",
    "An enum value is put at the end",
    Family.DESIGN,
    Level.NOTE,
    squawk=("require-enum-value-ordering",),
)
