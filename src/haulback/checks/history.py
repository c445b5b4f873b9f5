"""The migration files and the target's history tell the same story."""

from __future__ import annotations

from haulback.checks._check import Check, Finding, held, listed, unknown
from haulback.checks._context import CheckContext

_THRESHOLD = "every applied migration has its file, unchanged and in order"
_HINT = "Bring the missing or original files back; deploy a later migration rather than editing an applied one."


def _measure(context: CheckContext) -> Finding:
    if context.history_problems is None:
        return unknown("files and history were not compared", _THRESHOLD, _HINT)
    problems = list(context.history_problems)
    return held(within=not problems, figure=listed(problems) or "they agree", threshold=_THRESHOLD, hint=_HINT)


CHECK = Check("history", "History agrees with the files", _measure)
