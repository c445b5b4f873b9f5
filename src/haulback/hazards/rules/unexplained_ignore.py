"""An ignore without a reason."""

from __future__ import annotations

from haulback.hazards.rule import Family, Rule
from haulback.model.hazard import Level

RULE = Rule("unexplained-ignore", "An ignore gives no reason", Family.FILE, Level.WARN)
