"""After a rollback: the API is told to read the schema anew, and asked until it serves it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from haulback.deploy import asked_api
from haulback.deploy.context import Context


class AskAgain:
    """Stands before the migration, so that going back meets it after the migration is undone.

    What the API answers is told and stops nothing: the database is back, and that is what counts.
    """

    id = "api"
    title = "ask the API"

    def plan(self, _context: Context) -> str:
        return ""

    def run(self, _context: Context) -> Mapping[str, Any]:
        return {}

    def undo(self, context: Context) -> Mapping[str, Any]:
        if context.api is None or "verify" in context.deployment.plan.get("skip", ()):
            return {}
        result = asked_api.after_going_back(context)
        if result is None:
            return {}
        context.progress.note(f"{result.id}: {result.outcome.value}: {result.detail}")
        return {"outcome": result.outcome.value, "told": result.detail, "served_seconds": result.milliseconds / 1000}
