"""An ignore that silences nothing."""

from __future__ import annotations

from haulback.hazards.rule import Family, Rule
from haulback.model.hazard import Level

RULE = Rule("unused-ignore", "An ignore silences nothing", Family.FILE, Level.WARN)
