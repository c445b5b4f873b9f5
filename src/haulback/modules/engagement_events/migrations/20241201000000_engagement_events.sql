-- engagement_events: what users do in the app, each row its user's own under row-level security.

create table public.engagement_events (
  id uuid primary key default pg_catalog.gen_random_uuid(),
  user_id uuid not null references auth.users on delete cascade,
  "timestamp" timestamptz not null default pg_catalog.now(),
  event_type text not null,
  value jsonb not null default '{}',
  is_deleted boolean not null default false,
  deleted_at timestamptz,
  constraint engagement_events_event_type_not_blank check (event_type ~ '[^[:space:]]'),
  -- A check, not a trigger, although it reads the clock: time only moves forward, so a row that passed
  -- once passes for ever, and a dump of it restores. clock_timestamp() and not now(), since now() stands
  -- still while a long transaction writes rows with the device's own times.
  constraint engagement_events_timestamp_not_ahead
    check ("timestamp" <= pg_catalog.clock_timestamp() + interval '1 minute'),
  constraint engagement_events_deleted_at_iff_deleted check (is_deleted = (deleted_at is not null))
);

comment on table public.engagement_events is 'Behavioural events of users; soft-deleted, archived later.';
comment on column public.engagement_events."timestamp" is 'When it happened, by the device''s clock.';
comment on column public.engagement_events.event_type is
  'A wire name of the event registry (haulback events export). Not a foreign key: clients that are '
  'newer than the schema may write types that it does not know yet.';

create index idx_engagement_events_user_timestamp
  on public.engagement_events (user_id, "timestamp" desc);
create index idx_engagement_events_value on public.engagement_events using gin (value);
create index idx_engagement_events_type on public.engagement_events (event_type);
create index idx_engagement_events_deleted
  on public.engagement_events (deleted_at) where is_deleted;

-- deleted_at follows is_deleted, so that an update by service_role need not know of it. The WHEN clause
-- keeps the function away from ordinary inserts.
create function public.engagement_events_set_deleted_at() returns trigger
language plpgsql set search_path = ''
as $$
begin
  new.deleted_at := case when new.is_deleted then pg_catalog.now() end;
  return new;
end
$$;

comment on function public.engagement_events_set_deleted_at() is 'Keeps deleted_at in step with is_deleted.';

create trigger engagement_events_set_deleted_at
  before insert or update of is_deleted, deleted_at on public.engagement_events
  for each row when (new.is_deleted <> (new.deleted_at is not null))
  execute function public.engagement_events_set_deleted_at();

-- Row-level security -------------------------------------------------------------------------------
-- Not FORCEd: the owner's functions below decide for themselves whose rows they touch, and a FORCEd
-- table shows an owner without BYPASSRLS no rows at all, so that a backup of it would be silently empty.
-- (select auth.uid()) is evaluated once a statement; a bare auth.uid() once a row.
alter table public.engagement_events enable row level security;

create policy engagement_events_select_own on public.engagement_events
  for select to authenticated
  using ((select auth.uid()) = user_id and not is_deleted);

create policy engagement_events_insert_own on public.engagement_events
  for insert to authenticated
  with check ((select auth.uid()) = user_id and not is_deleted);

-- Redundant where service_role has BYPASSRLS, as on Supabase; needed where it does not.
create policy engagement_events_service on public.engagement_events
  for all to service_role using (true) with check (true);

-- Soft delete --------------------------------------------------------------------------------------
-- A function, since an UPDATE is refused when the SELECT policy hides its new row.
create function public.soft_delete_event(event_id uuid) returns boolean
language plpgsql security definer set search_path = ''
as $$
declare
  caller constant uuid := auth.uid();
begin
  if caller is null then
    raise exception 'soft delete needs a signed-in user'
      using errcode = 'insufficient_privilege', hint = 'Send the user''s access token.';
  end if;
  update public.engagement_events
    set is_deleted = true, deleted_at = pg_catalog.now()
    where id = soft_delete_event.event_id and user_id = caller and not is_deleted;
  return found;
end
$$;

comment on function public.soft_delete_event(uuid) is
  'Soft-deletes the caller''s own event. True when this call deleted it; false when the caller has no '
  'such event, which tells nothing about the events of others.';

-- Grants -------------------------------------------------------------------------------------------
revoke all on table public.engagement_events from public, anon, authenticated, service_role;
revoke all on function public.soft_delete_event(uuid), public.engagement_events_set_deleted_at()
  from public, anon, authenticated, service_role;

grant select, insert on table public.engagement_events to authenticated;
grant select, insert, update, delete on table public.engagement_events to service_role;
grant execute on function public.soft_delete_event(uuid) to authenticated;

-- Realtime -----------------------------------------------------------------------------------------
do $$
begin
  if exists (
    select from pg_catalog.pg_publication where pubname = 'supabase_realtime' and not puballtables
  ) then
    alter publication supabase_realtime add table public.engagement_events;
  end if;
end
$$;
