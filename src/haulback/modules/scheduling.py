"""Runs what is due: the rows of cron.job on our own servers, or a module's schedules where there is no pg_cron."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import psycopg
from cronsim import CronSim, CronSimError

from haulback.modules.engagement_events.module import SCHEDULES
from haulback.pg.cluster import OWNER
from haulback.pg.queries import queries
from haulback.redact import redact

_SQL = queries("haulback.modules", "scheduling.sql")


@dataclass(frozen=True, slots=True)
class Job:
    """One statement on a schedule.

    Attributes:
        id: that of cron.job, None for a module's own schedule.
        user: whom it runs as.
    """

    id: int | None
    schedule: str
    command: str
    user: str = OWNER


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


def run(connection: psycopg.Connection, operator: psycopg.Connection, job: Job, now: datetime) -> str:
    """Runs one job in a transaction of its own; returns its status.

    Args:
        connection: a session of the job's user, in autocommit.
        operator: a session of the server's operator, who alone may write pg_cron's record of what ran.
        job: what to run.
        now: when it was due.
    """
    status, message = "succeeded", ""
    try:
        with connection.transaction():
            message = str(connection.execute(job.command.encode()).statusmessage or "")
    except psycopg.Error as error:
        status, message = "failed", redact(str(error).strip())
    if job.id is not None:
        noted = {"job": job.id, "user": job.user, "command": job.command}
        operator.execute(_SQL["record"], {**noted, "status": status, "message": message, "begun": now})
    return status
