-- The archive: events that were soft-deleted more than 90 days ago, out of the way of the living ones.

create table public.engagement_events_archive (
  id uuid primary key,
  user_id uuid not null references auth.users on delete cascade,
  "timestamp" timestamptz not null,
  event_type text not null,
  value jsonb not null,
  deleted_at timestamptz not null,
  archived_at timestamptz not null default pg_catalog.now()
);

comment on table public.engagement_events_archive is
  'Events 90 days after their soft delete. Only service_role reads it.';

create index idx_engagement_events_archive_user on public.engagement_events_archive (user_id);

alter table public.engagement_events_archive enable row level security;

create policy engagement_events_archive_service on public.engagement_events_archive
  for all to service_role using (true) with check (true);

create function public.archive_old_deleted_events(max_rows integer default 10000) returns integer
language plpgsql security definer set search_path = ''
as $$
declare
  archived integer;
begin
  -- LIMIT null would mean all of them, and a function cannot commit in between.
  if max_rows is null or max_rows < 1 then
    raise exception 'max_rows must be at least 1' using errcode = 'invalid_parameter_value';
  end if;
  with due as (
    select e.id from public.engagement_events e
    where e.is_deleted and e.deleted_at < pg_catalog.now() - interval '90 days'
    order by e.deleted_at
    limit max_rows
    -- Rows that somebody is working on wait for the next call, and nobody waits for us.
    for update skip locked
  ), moved as (
    delete from public.engagement_events e using due where e.id = due.id
    returning e.id, e.user_id, e."timestamp", e.event_type, e.value, e.deleted_at
  ), kept as (
    insert into public.engagement_events_archive as a
      (id, user_id, "timestamp", event_type, value, deleted_at)
    select m.id, m.user_id, m."timestamp", m.event_type, m.value, m.deleted_at from moved m
    -- An archived event may come back by a restore and be deleted again: its later version counts.
    on conflict (id) do update set
      user_id = excluded.user_id,
      "timestamp" = excluded."timestamp",
      event_type = excluded.event_type,
      value = excluded.value,
      deleted_at = excluded.deleted_at,
      archived_at = excluded.archived_at
    returning a.id
  )
  select pg_catalog.count(*) into archived from kept;
  return archived;
end
$$;

comment on function public.archive_old_deleted_events(integer) is
  'Moves at most max_rows events, soft-deleted more than 90 days ago, into the archive and returns how '
  'many. Call again while it returns max_rows.';

revoke all on table public.engagement_events_archive from public, anon, authenticated, service_role;
revoke all on function public.archive_old_deleted_events(integer)
  from public, anon, authenticated, service_role;

grant select, insert, update, delete on table public.engagement_events_archive to service_role;
grant execute on function public.archive_old_deleted_events(integer) to service_role;

-- Where pg_cron is absent `haulback up` calls it, on the same schedule. The function is looked for and not
-- the extension: a shadow may have a stand-in that was not made by CREATE EXTENSION.
do $$
begin
  if pg_catalog.to_regprocedure('cron.schedule(text, text, text)') is not null then
    perform cron.schedule(
      'engagement_events_archive', '17 * * * *', 'select public.archive_old_deleted_events()'
    );
  end if;
end
$$;
