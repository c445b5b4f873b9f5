"""Runs what is due: the rows of cron.job on our own servers, or a module's schedules where there is no pg_cron."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg
from cronsim import CronSim, CronSimError

from haulback.modules.engagement_events.module import SCHEDULES
from haulback.pg.queries import queries
from haulback.redact import redact

_SQL = queries("haulback.modules", "scheduling.sql")


@dataclass(frozen=True, slots=True)
class Job:
    """One statement on a schedule. `id` is that of cron.job, None for a module's own schedule."""

    id: int | None
    schedule: str
    command: str


def jobs(connection: psycopg.Connection) -> tuple[Job, ...]:
    """What is scheduled on this database; the module's own schedules only where pg_cron is not installed."""
    row = connection.execute(_SQL["present"]).fetchone()
    has_cron, has_module = row or (False, False)
    if has_cron:
        return tuple(Job(*one) for one in connection.execute(_SQL["jobs"]))
    return tuple(Job(None, one.cron, one.sql) for one in SCHEDULES) if has_module else ()


def due(job: Job, since: datetime, now: datetime) -> bool:
    """Whether the schedule has a time after `since`, up to `now`. pg_cron's `30 seconds` form counts too."""
    words = job.schedule.split()
    if len(words) == 2 and words[1].startswith("second") and words[0].isdigit():  # noqa: PLR2004 - number and unit
        return (now - since).total_seconds() >= int(words[0])
    try:
        return bool(next(CronSim(job.schedule, since)) <= now)
    except (CronSimError, StopIteration):
        return False  # pg_cron refused it when it was scheduled, or it never comes


def run(connection: psycopg.Connection, job: Job, now: datetime) -> str:
    """Runs one job in a transaction of its own, and records it where pg_cron's own record is; returns its status."""
    status, message = "succeeded", ""
    try:
        with connection.transaction():
            message = str(connection.execute(job.command.encode()).statusmessage or "")
    except psycopg.Error as error:
        status, message = "failed", redact(str(error).strip())
    if job.id is not None:
        connection.execute(
            _SQL["record"],
            {"job": job.id, "command": job.command, "status": status, "message": message, "begun": now},
        )
    return status
