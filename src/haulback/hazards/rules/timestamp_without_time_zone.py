"""timestamp: a date and time of no place."""

from __future__ import annotations

from haulback.hazards.rule import Family, Rule
from haulback.model.hazard import Level

RULE = Rule(
    "timestamp-without-time-zone",
    "A column keeps times without saying where they hold",
    Family.DESIGN,
    Level.NOTE,
    squawk=("prefer-timestamp-tz",),
)
