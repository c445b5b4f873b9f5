"""An ignore of a hazard that there is not."""

from __future__ import annotations

from haulback.hazards.rule import Family, Rule
from haulback.model.hazard import Level

RULE = Rule("unknown-ignore", "An ignore names no hazard that there is", Family.FILE, Level.WARN)
