"""A part of the file is no SQL, or no SQL that a migration may hold."""

from __future__ import annotations

from haulback.hazards.rule import Family, Rule
from haulback.model.hazard import Level

RULE = Rule("not-sql", "A part of the file is not SQL", Family.FILE, Level.BLOCK)
