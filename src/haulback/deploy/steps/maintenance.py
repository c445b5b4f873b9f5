"""Maintenance: announced in system_status, enforced for the API's writers where the target asks for it.

It carries an expiry that readers compare with the clock themselves: if we die, it ends without us.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from haulback.deploy import summary
from haulback.deploy.context import Context
from haulback.journal.journal import write
from haulback.model.deployment import Event
from haulback.model.target import Maintenance as Mode
from haulback.modules.engagement_events.module import maintenance_sql
from haulback.pg.queries import queries

_SQL = queries("haulback.deploy", "sql/maintenance.sql")


def announced(connection: psycopg.Connection) -> bool:
    """Whether the target has a system_status to announce in."""
    row = connection.execute(_SQL["present"]).fetchone()
    return bool(row and row[0])


class Begin:
    """Maintenance on."""

    id = "maintenance"
    title = "maintenance on"

    def plan(self, context: Context) -> str:
        return "" if context.target.maintenance is Mode.OFF else f"announce for {context.settings.ttl:.0f} s"

    def run(self, context: Context) -> Mapping[str, Any]:
        if context.target.maintenance is Mode.OFF:
            return {"skipped": "the target asks for none"}
        if not announced(context.work.keeper):
            return {"skipped": "the target has no system_status yet"}
        enforced = context.target.maintenance is Mode.ENFORCE

        def act(connection: psycopg.Connection) -> None:
            if enforced:
                connection.execute(maintenance_sql("enforce").encode())
            connection.execute(
                _SQL["begin"],
                {
                    "message": "a database migration is in progress",
                    "seconds": context.settings.ttl,
                    "deployment": str(context.deployment.id),
                },
            )

        context.work.transaction(self.title, act)
        return {"enforced": enforced, "expires_seconds": context.settings.ttl}

    def undo(self, context: Context) -> Mapping[str, Any]:
        return end(context, "rollback")


class End:
    """Maintenance off: the target is open."""

    id = "open"
    title = "maintenance off"

    def plan(self, context: Context) -> str:
        return "" if context.target.maintenance is Mode.OFF else "open to users"

    def run(self, context: Context) -> Mapping[str, Any]:
        return end(context, "deploy")

    def undo(self, _context: Context) -> Mapping[str, Any]:
        return {}  # going back announces maintenance of its own


def end(context: Context, action: str) -> Mapping[str, Any]:
    """Ends the maintenance of this deployment, wherever it was begun, and writes the line of deployment_log."""
    noted = context.deployment.detail("maintenance")

    def act(connection: psycopg.Connection) -> bool:
        summary.write(context, connection, action)
        if noted.get("enforced") or context.target.maintenance is Mode.ENFORCE:
            connection.execute(maintenance_sql("relax").encode())
        if not announced(connection):
            return False
        found = connection.execute(_SQL["end"], {"deployment": str(context.deployment.id)})
        write(connection, context.deployment.id, "maintenance", Event.DONE, "ended")
        return found.rowcount > 0

    ended = context.work.transaction("maintenance off", act)
    return {} if ended else {"skipped": "there was none"}
