"""What `haulback up` runs: the rows of cron.job, or the module's schedules where there is no pg_cron."""

from __future__ import annotations

from datetime import UTC, datetime

from haulback.modules import scheduling
from haulback.modules.engagement_events.module import SCHEDULES, load
from haulback.pg.cluster import SUPERUSER

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


def test_active_jobs_of_this_database_run_and_are_recorded(database) -> None:
    with database.connect(autocommit=True) as connection, database.connect(SUPERUSER, autocommit=True) as operator:
        connection.execute("create extension pg_cron")
        connection.execute("create table public.seen (n int)")
        connection.execute("select cron.schedule('good', '* * * * *', 'insert into public.seen values (1)')")
        connection.execute("select cron.schedule('bad', '* * * * *', 'select 1 / 0')")
        connection.execute("select cron.schedule('off', '* * * * *', 'insert into public.seen values (2)')")
        connection.execute("select cron.alter_job(jobid, active => false) from cron.job where jobname = 'off'")
        jobs = scheduling.jobs(operator)
        assert {job.user for job in jobs} == {"postgres"}
        assert [scheduling.run(connection, operator, job, NOW) for job in jobs] == ["succeeded", "failed"]
        assert connection.execute("select n from public.seen").fetchall() == [(1,)]
        told = connection.execute("select status, return_message from cron.job_run_details order by runid").fetchall()
        assert told[0][0] == "succeeded"
        assert told[1][0] == "failed"
        assert "division by zero" in told[1][1]


def test_without_pg_cron_the_module_is_swept_all_the_same(database) -> None:
    with database.connect(autocommit=True) as connection, database.connect(SUPERUSER, autocommit=True) as operator:
        assert scheduling.jobs(operator) == ()
        for file in load().migrations:
            connection.execute(file.text.encode())
        jobs = scheduling.jobs(operator)
        assert [(job.schedule, job.command) for job in jobs] == [(one.cron, one.sql) for one in SCHEDULES]
        assert {scheduling.run(connection, operator, job, NOW) for job in jobs} == {"succeeded"}
