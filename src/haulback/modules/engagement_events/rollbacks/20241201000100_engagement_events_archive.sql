-- Takes back 20241201000100_engagement_events_archive. Haulback moves the rows to the attic before this
-- runs.
do $$
begin
  if pg_catalog.to_regclass('cron.job') is not null then
    -- cron.unschedule raises an error for a job that is not there, and a job may have been removed by hand.
    if exists (select from cron.job where jobname = 'engagement_events_archive') then
      perform cron.unschedule('engagement_events_archive');
    end if;
  end if;
end
$$;

drop function public.archive_old_deleted_events(integer);
drop table public.engagement_events_archive;
