-- name: present
select pg_catalog.to_regprocedure(
         'cron.alter_job(bigint, text, text, text, text, boolean)') is not null;

-- name: pause
-- Changing the job is what keeps it from starting again; cancelling its query would not.
select j.jobid, cron.alter_job(j.jobid, null::text, null::text, null::text, null::text, false)
  from cron.job as j
 where j.active
 order by j.jobid;

-- name: resume
select cron.alter_job(j.jobid, null::text, null::text, null::text, null::text, true)
  from cron.job as j
 where j.jobid = any (%(jobs)s)
 order by j.jobid;

-- name: running
select count(*)
  from cron.job_run_details as d
 where d.jobid = any (%(jobs)s) and d.status in ('starting', 'running');
