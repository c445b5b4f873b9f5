-- Takes back 20241201000000_engagement_events. Haulback moves the rows to the attic before this runs.
-- Indexes, policies, triggers and the membership in supabase_realtime go with the table.
drop function public.soft_delete_event(uuid);
drop table public.engagement_events;
drop function public.engagement_events_set_deleted_at();
