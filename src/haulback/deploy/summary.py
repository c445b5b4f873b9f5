"""The line that people look for in the app's own deployment_log; the journal is what we ourselves go by."""

from __future__ import annotations

import psycopg
from psycopg.types.json import Jsonb

from haulback.deploy.context import Context
from haulback.pg.queries import queries

_SQL = queries("haulback.deploy", "sql/summary.sql")


def write(context: Context, connection: psycopg.Connection, action: str) -> None:
    """Adds the line in the caller's transaction; passes over a target without such a table."""
    row = connection.execute(_SQL["present"]).fetchone()
    if not row or not row[0]:
        return
    deployment = context.journal.again(context.deployment)
    versions = list(deployment.done_units("migration"))
    labels = ", ".join(one["version"] for one in deployment.plan.get("migrations", ()))
    connection.execute(
        _SQL["write"],
        {
            "action": action,
            "details": f"deployment {deployment.number}: {labels}",
            "deployment": str(deployment.id),
            "summary": Jsonb({"number": deployment.number, "plan_hash": deployment.plan_hash, "stands": versions}),
        },
    )
