-- Takes back 20241201000200_engagement_events_erasure. Haulback moves the tombstones to the attic before
-- this runs: they must not be lost, or what was erased can come back.
do $$
begin
  if pg_catalog.to_regclass('cron.job') is not null then
    if exists (select from cron.job where jobname = 'engagement_events_sweep_erased') then
      perform cron.unschedule('engagement_events_sweep_erased');
    end if;
  end if;
end
$$;

drop function public.delete_user_data(uuid);
drop function public.sweep_erased_users();
drop trigger engagement_events_archive_keep_erased_out_update on public.engagement_events_archive;
drop trigger engagement_events_archive_keep_erased_out_insert on public.engagement_events_archive;
drop trigger engagement_events_keep_erased_out_update on public.engagement_events;
drop trigger engagement_events_keep_erased_out_insert on public.engagement_events;
drop function public.keep_erased_users_out();
drop function public.is_erased(uuid);
drop function public.erasure_hash(uuid);
drop table public.erased_users;
