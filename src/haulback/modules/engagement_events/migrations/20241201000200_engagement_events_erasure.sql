-- Erasure: everything of a user goes, and a tombstone keeps it from coming back.

-- The tombstone holds no id: a random uuid cannot be guessed from its hash.
create table public.erased_users (
  user_hash bytea primary key,
  erased_at timestamptz not null default pg_catalog.now(),
  constraint erased_users_user_hash_is_sha256 check (pg_catalog.octet_length(user_hash) = 32)
);

comment on table public.erased_users is
  'Tombstones of erased users: sha256 of the id''s text. Restores, merges and take-backs honour them.';

alter table public.erased_users enable row level security;

create policy erased_users_service on public.erased_users for select to service_role using (true);

create function public.erasure_hash(subject uuid) returns bytea
language sql immutable strict parallel safe set search_path = ''
as $$ select pg_catalog.sha256(pg_catalog.convert_to(subject::text, 'UTF8')) $$;

comment on function public.erasure_hash(uuid) is 'What a tombstone keeps in place of a user''s id.';

create function public.is_erased(subject uuid) returns boolean
language sql stable security definer set search_path = ''
as $$
  select exists (select from public.erased_users where user_hash = public.erasure_hash(subject))
$$;

comment on function public.is_erased(uuid) is 'Whether this user was erased and must not come back.';

-- Rows that come back ------------------------------------------------------------------------------
-- After the statement, for two reasons. One look at the tombstones serves a load of any size. And by
-- then the foreign key has locked the user's row in auth.users, which delete_user_data locks as well: so
-- either the erasure waits for this insert and deletes its rows, or this insert waited for the erasure
-- and sees the tombstone here.
--
-- A restore or a merge that would rather lose the erased rows than fail says, in its transaction,
--   set local haulback.erased_rows = 'skip';
-- Without that the whole statement is refused.
create function public.keep_erased_users_out() returns trigger
language plpgsql security definer set search_path = ''
as $$
declare
  came_back bigint;
begin
  -- LIMIT keeps the planner from reading all tombstones for the one row of an ordinary insert.
  select pg_catalog.count(*) into came_back
  from (select distinct i.user_id from incoming i) u
  cross join lateral (
    select from public.erased_users t where t.user_hash = public.erasure_hash(u.user_id) limit 1
  ) tombstone;
  if came_back = 0 then
    return null;
  end if;
  if pg_catalog.current_setting('haulback.erased_rows', true) = 'skip' then
    execute pg_catalog.format(
      'delete from %I.%I where id in (select i.id from incoming i where public.is_erased(i.user_id))',
      tg_table_schema, tg_table_name
    );
    return null;
  end if;
  raise exception 'rows of % erased user(s) are refused', came_back
    using errcode = 'insufficient_privilege',
      hint = 'A restore leaves them out with: set local haulback.erased_rows = ''skip''.';
end
$$;

comment on function public.keep_erased_users_out() is
  'Refuses the rows of erased users, or leaves them out where haulback.erased_rows is ''skip''.';

-- One event a trigger: PostgreSQL allows no more with transition tables.
create trigger engagement_events_keep_erased_out_insert after insert on public.engagement_events
  referencing new table as incoming
  for each statement execute function public.keep_erased_users_out();
create trigger engagement_events_keep_erased_out_update after update on public.engagement_events
  referencing new table as incoming
  for each statement execute function public.keep_erased_users_out();
create trigger engagement_events_archive_keep_erased_out_insert
  after insert on public.engagement_events_archive
  referencing new table as incoming
  for each statement execute function public.keep_erased_users_out();
create trigger engagement_events_archive_keep_erased_out_update
  after update on public.engagement_events_archive
  referencing new table as incoming
  for each statement execute function public.keep_erased_users_out();

-- What triggers do not see: pg_restore loads rows before it makes triggers, replication fires none.
create function public.sweep_erased_users() returns bigint
language plpgsql security definer set search_path = ''
as $$
declare
  from_events bigint;
  from_archive bigint;
begin
  delete from public.engagement_events e
    where e.user_id in (
      select u.user_id from (select distinct user_id from public.engagement_events) u
      join public.erased_users t on t.user_hash = public.erasure_hash(u.user_id)
    );
  get diagnostics from_events = row_count;
  delete from public.engagement_events_archive a
    where a.user_id in (
      select u.user_id from (select distinct user_id from public.engagement_events_archive) u
      join public.erased_users t on t.user_hash = public.erasure_hash(u.user_id)
    );
  get diagnostics from_archive = row_count;
  if from_events + from_archive > 0 then
    insert into public.security_audit_log (event_type, details)
    values ('erased_rows_swept',
      pg_catalog.jsonb_build_object('events', from_events, 'archive', from_archive));
  end if;
  return from_events + from_archive;
end
$$;

comment on function public.sweep_erased_users() is
  'Deletes rows of erased users that came back past the triggers, and returns how many. Run it after '
  'every restore; it also runs daily.';

-- The erasure --------------------------------------------------------------------------------------
create function public.delete_user_data(subject uuid) returns jsonb
language plpgsql security definer set search_path = ''
as $$
declare
  hash constant bytea := public.erasure_hash(subject);
  from_events bigint;
  from_archive bigint;
  from_audit bigint;
  from_captures jsonb;
  counts jsonb;
begin
  if subject is null then
    raise exception 'the id of the user to erase is missing' using errcode = 'null_value_not_allowed';
  end if;

  -- Waits for inserts of this user that are under way; later ones wait for us and meet the tombstone.
  perform from auth.users u where u.id = subject for update;
  insert into public.erased_users (user_hash) values (hash) on conflict (user_hash) do nothing;

  delete from public.engagement_events e where e.user_id = subject;
  get diagnostics from_events = row_count;
  delete from public.engagement_events_archive a where a.user_id = subject;
  get diagnostics from_archive = row_count;
  update public.security_audit_log l set user_id = null, subject_hash = hash where l.user_id = subject;
  get diagnostics from_audit = row_count;

  -- Captures live in a schema of Haulback's own, and Haulback alone knows their shapes.
  if pg_catalog.to_regprocedure('haulback.erase_user(uuid)') is not null then
    execute 'select pg_catalog.to_jsonb(haulback.erase_user($1))' into from_captures using subject;
  elsif pg_catalog.to_regnamespace('haulback_attic') is null then
    from_captures := '{}';
  else
    -- Not none: there are captures, and nobody here can look into them.
    from_captures := 'null';
    raise warning 'captures exist but haulback.erase_user(uuid) does not: they were not searched';
  end if;

  counts := pg_catalog.jsonb_build_object(
    'events', from_events,
    'archive', from_archive,
    'captures', from_captures,
    'audit_entries', from_audit
  );
  insert into public.security_audit_log (event_type, subject_hash, details)
  values ('user_erased', hash, counts);
  return counts;
end
$$;

comment on function public.delete_user_data(uuid) is
  'Erases a user from events, archive and captures, takes the id out of the audit log, leaves a '
  'tombstone and an audit entry. Returns {"events", "archive", "captures", "audit_entries"}; captures '
  'counts by table, and is null when they could not be searched. The row in auth.users is the '
  'caller''s to delete.';

revoke all on table public.erased_users from public, anon, authenticated, service_role;
revoke all on function
  public.erasure_hash(uuid),
  public.is_erased(uuid),
  public.keep_erased_users_out(),
  public.sweep_erased_users(),
  public.delete_user_data(uuid)
  from public, anon, authenticated, service_role;

grant select on table public.erased_users to service_role;
grant execute on function
  public.erasure_hash(uuid),
  public.is_erased(uuid),
  public.sweep_erased_users(),
  public.delete_user_data(uuid)
  to service_role;

do $$
begin
  if pg_catalog.to_regprocedure('cron.schedule(text, text, text)') is not null then
    perform cron.schedule(
      'engagement_events_sweep_erased', '41 3 * * *', 'select public.sweep_erased_users()'
    );
  end if;
end
$$;
