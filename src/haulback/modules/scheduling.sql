-- name: jobs
-- Rows of cron.job where pg_cron (here its stand-in) is installed.
select j.jobid, j.schedule, j.command, j.username::text
  from cron.job as j
 where j.active and j.database = pg_catalog.current_database()
 order by j.jobid;

-- name: present
select pg_catalog.to_regclass('cron.job') is not null,
       pg_catalog.to_regprocedure('public.archive_old_deleted_events(integer)') is not null
         or pg_catalog.to_regprocedure('public.archive_old_deleted_events()') is not null;

-- name: record
insert into cron.job_run_details (jobid, database, username, command, status, return_message, start_time, end_time)
values (%(job)s, pg_catalog.current_database(), %(user)s, %(command)s, %(status)s, %(message)s, %(begun)s,
        pg_catalog.clock_timestamp());
