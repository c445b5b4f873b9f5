"""The step that runs the migrations, and the one place that takes them back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from haulback.deploy import going_back
from haulback.deploy.context import Context
from haulback.deploy.units import run_in_parts, run_whole
from haulback.journal import history
from haulback.journal.journal import write
from haulback.model.deployment import Event
from haulback.model.migration import Migration

UNIT_STEP = "migration"


class Migrate:
    """Runs every migration of the plan, in order; each commits with its entry and its line of history."""

    id = "migrate"
    title = "run the migrations"

    def plan(self, context: Context) -> str:
        return ", ".join(migration.label for migration in context.plan.migrations)

    def run(self, context: Context) -> Mapping[str, Any]:
        schema = history.schema_of(context.work.keeper)
        total = len(context.plan.migrations)
        for number, migration in enumerate(context.plan.migrations, start=1):
            if not context.deployment.is_done(UNIT_STEP, migration.version):
                self._one(context, migration, schema)
            context.progress.part(self.id, migration.label, number, total)
        return {"migrations": total}

    def undo(self, context: Context) -> Mapping[str, Any]:
        return going_back.take_back(context)

    def _one(self, context: Context, migration: Migration, schema: str) -> None:
        def finish(connection: psycopg.Connection) -> None:
            detail = {"sha256": migration.script.sha256, "name": migration.name}
            with connection.pipeline():  # one round trip for both
                history.record(connection, schema, migration)
                write(connection, context.deployment.id, UNIT_STEP, Event.DONE, migration.version, detail)

        run = run_whole if migration.script.transactional else run_in_parts
        run(context, migration, finish)
        context.work.reset()
