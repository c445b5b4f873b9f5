"""Seed data, in development only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from haulback.deploy.context import Context
from haulback.deploy.steps.step import Nothing
from haulback.deploy.units import run_statements
from haulback.model.migration import Script


class Seed(Nothing):
    """Loads each seed file in a transaction of its own; only a context of development has any."""

    id = "seed"
    title = "seed data"

    def plan(self, context: Context) -> str:
        return ", ".join(script.path.name for script in context.seed)

    def run(self, context: Context) -> Mapping[str, Any]:
        for script in context.seed:

            def act(_connection: psycopg.Connection, script: Script = script) -> None:
                for unit in script.units:
                    run_statements(context, script, unit.statements, script.path.name)

            context.work.transaction(script.path.name, act)
            context.work.reset()
        return {"files": [script.path.name for script in context.seed]}
