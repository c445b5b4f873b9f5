"""Seed data, in development only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from haulback.deploy.context import Context
from haulback.deploy.steps.step import Nothing
from haulback.deploy.units import run_statements
from haulback.model.target import Environment


class Seed(Nothing):
    """Loads each seed file in a transaction of its own."""

    id = "seed"
    title = "seed data"

    def plan(self, context: Context) -> str:
        return ", ".join(script.path.name for script in self._scripts(context))

    def run(self, context: Context) -> Mapping[str, Any]:
        scripts = self._scripts(context)
        for script in scripts:

            def act(_connection: psycopg.Connection, script: Any = script) -> None:
                for unit in script.units:
                    run_statements(context, script, unit.statements, script.path.name)

            context.work.transaction(script.path.name, act)
            context.work.reset()
        return {"files": [script.path.name for script in scripts]}

    def _scripts(self, context: Context) -> tuple[Any, ...]:
        return context.seed if context.target.environment is Environment.DEVELOPMENT else ()
