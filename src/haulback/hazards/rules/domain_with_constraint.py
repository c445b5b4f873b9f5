"""A domain with a check: it is hard to change once columns use it."""

from __future__ import annotations

from haulback.hazards.rule import Family, Rule
from haulback.model.hazard import Level

RULE = Rule(
    "domain-with-constraint",
    "A domain brings a condition of its own",
    Family.DESIGN,
    Level.NOTE,
    squawk=("ban-create-domain-with-constraint",),
)
