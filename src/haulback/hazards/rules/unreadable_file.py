"""The file cannot be read, or is no text."""

from __future__ import annotations

from haulback.hazards.rule import Family, Rule
from haulback.model.hazard import Level

RULE = Rule("unreadable-file", "The file cannot be read", Family.FILE, Level.BLOCK)
