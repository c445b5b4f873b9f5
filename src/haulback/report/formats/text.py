"""For a person."""

from __future__ import annotations

from haulback.report import text, text_hazards, text_plan
from haulback.report.formats._format import Format

FORMAT = Format("text", (".txt", ".log"), text_plan.planned, text.deployment, text_hazards.linted)
