"""Pauses cron jobs while a deployment goes back; going forward leaves them alone.

A job is a row of cron.job: switching the row off keeps it from starting again, which cancelling its query would
not. The running ones are waited for.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import psycopg

from haulback.deploy.context import Context
from haulback.journal.journal import write
from haulback.model.deployment import Event
from haulback.pg.queries import queries

_SQL = queries("haulback.deploy", "sql/jobs.sql")
_PATIENCE = 30.0  # seconds for running jobs to end

STEP = "jobs"


def present(connection: psycopg.Connection) -> bool:
    row = connection.execute(_SQL["present"]).fetchone()
    return bool(row and row[0])


def pause(context: Context) -> tuple[int, ...]:
    """Switches active jobs off, notes them in the same transaction, and waits for the running ones."""
    if not present(context.work.keeper):
        return ()

    def act(connection: psycopg.Connection) -> tuple[int, ...]:
        jobs = tuple(int(row[0]) for row in connection.execute(_SQL["pause"]))
        if jobs:
            write(connection, context.deployment.id, STEP, Event.DONE, "paused", {"jobs": list(jobs)})
        return jobs

    jobs = context.work.transaction("pause jobs", act)
    deadline = context.clock.monotonic() + _PATIENCE
    while jobs and context.clock.monotonic() < deadline:
        row = context.work.keeper.execute(_SQL["running"], {"jobs": list(jobs)}).fetchone()
        if row is None or not row[0]:
            break
        context.clock.sleep(0.2)
    return jobs


def resume(context: Context) -> int:
    """Switches on again exactly the jobs that were paused and still exist."""
    noted = [
        entry.detail["jobs"]
        for entry in context.journal.again(context.deployment).entries
        if entry.step == STEP and entry.unit == "paused" and entry.event is Event.DONE
    ]
    jobs = sorted({job for one in noted for job in one})
    if not jobs or not present(context.work.keeper):
        return 0

    def act(connection: psycopg.Connection) -> int:
        return connection.execute(_SQL["resume"], {"jobs": jobs}).rowcount

    return context.work.transaction("resume jobs", act)


class ResumeJobs:
    """Stands before the migration, so that going back meets it after the migration is undone."""

    id = "jobs"
    title = "cron jobs"

    def plan(self, _context: Context) -> str:
        return ""

    def run(self, _context: Context) -> Mapping[str, Any]:
        return {}

    def undo(self, context: Context) -> Mapping[str, Any]:
        return {"resumed": resume(context)}
