"""A name of more than 63 bytes: the server cuts it without an error."""

from __future__ import annotations

from haulback.hazards.rule import Family, Rule
from haulback.model.hazard import Level

RULE = Rule(
    "identifier-too-long",
    "A name is longer than 63 bytes, and is cut",
    Family.DESIGN,
    Level.NOTE,
    squawk=("identifier-too-long",),
)
