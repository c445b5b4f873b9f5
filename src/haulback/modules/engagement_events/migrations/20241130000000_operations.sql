-- Operations: what the app says about itself (system_status) and what is remembered about its
-- deployments (deployment_log) and about breaches and erasures (security_audit_log).
--
-- Runs as a role that is not a superuser, in one transaction, with any search_path. Nothing here is
-- "if not exists": an object of the same name that somebody else made is drift, and is refused.

-- system_status ------------------------------------------------------------------------------------
-- Append-only: whoever inserts a row makes it the current one, and the rows before it are the history.
-- A plain POST of {"maintenance_mode": true, "message": "..."} is therefore all that a client needs.
create table public.system_status (
  id bigint generated always as identity primary key,
  maintenance_mode boolean not null default false,
  message text,
  expires_at timestamptz,
  deployment_id text,
  is_current boolean not null default true,
  created_at timestamptz not null default pg_catalog.now()
);

comment on table public.system_status is
  'Maintenance mode of the app. The newest insert is the current row, the others are history.';
comment on column public.system_status.expires_at is
  'Maintenance is over at this instant whoever is still alive; null means until the next row.';
comment on column public.system_status.deployment_id is
  'The deployment that set this row, so that it ends its own maintenance and nobody else''s.';

create unique index system_status_one_current on public.system_status (is_current) where is_current;

create function public.system_status_supersede() returns trigger
language plpgsql security definer set search_path = ''
as $$
begin
  -- Two writers at once: the second waits here and then sees the first one's row. A lock of the table
  -- would deadlock, since both of them already hold ROW EXCLUSIVE on it.
  perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('public.system_status', 0));
  update public.system_status set is_current = false where is_current;
  new.is_current := true;
  return new;
end
$$;

comment on function public.system_status_supersede() is 'Makes an inserted status the only current one.';

create trigger system_status_supersede before insert on public.system_status
  for each row execute function public.system_status_supersede();

create function public.maintenance_active() returns boolean
language sql stable security definer set search_path = ''
as $$
  select exists (
    select from public.system_status
    where is_current and maintenance_mode and (expires_at is null or expires_at > pg_catalog.now())
  )
$$;

comment on function public.maintenance_active() is
  'Whether maintenance is on at this instant: expiry is compared on read, so no process has to end it.';

alter table public.system_status enable row level security;

create policy system_status_read_current on public.system_status
  for select to anon, authenticated using (is_current);
create policy system_status_service on public.system_status
  for select to service_role using (true);
create policy system_status_service_insert on public.system_status
  for insert to service_role with check (true);

-- deployment_log -----------------------------------------------------------------------------------
create table public.deployment_log (
  id bigint generated always as identity primary key,
  action text not null,
  details text,
  "timestamp" timestamptz not null default pg_catalog.now(),
  deployment_id text,
  summary jsonb not null default '{}',
  performed_by text not null default current_user,
  constraint deployment_log_action_not_blank check (action ~ '[^[:space:]]')
);

comment on table public.deployment_log is
  'A readable summary of each deployment and rollback. The journal of haulback is the record of truth.';

create index idx_deployment_log_timestamp on public.deployment_log ("timestamp" desc);

alter table public.deployment_log enable row level security;

create policy deployment_log_service on public.deployment_log
  for select to service_role using (true);
create policy deployment_log_service_insert on public.deployment_log
  for insert to service_role with check (true);

-- security_audit_log -------------------------------------------------------------------------------
-- user_id has no foreign key: a breach is recorded for ids that never existed, and outlives its user.
create table public.security_audit_log (
  id bigint generated always as identity primary key,
  event_type text not null,
  user_id uuid,
  subject_hash bytea,
  details jsonb not null default '{}',
  "timestamp" timestamptz not null default pg_catalog.now(),
  recorded_by text not null default current_user,
  constraint security_audit_log_event_type_not_blank check (event_type ~ '[^[:space:]]')
);

comment on table public.security_audit_log is 'Breaches of isolation, erasures and the like: append-only.';
comment on column public.security_audit_log.subject_hash is
  'sha256 of the user''s id, in its place once the user was erased.';

create index idx_security_audit_log_type_timestamp
  on public.security_audit_log (event_type, "timestamp" desc);
create index idx_security_audit_log_user
  on public.security_audit_log (user_id) where user_id is not null;

alter table public.security_audit_log enable row level security;

create policy security_audit_log_service on public.security_audit_log
  for select to service_role using (true);
create policy security_audit_log_service_insert on public.security_audit_log
  for insert to service_role with check (true);

-- Grants -------------------------------------------------------------------------------------------
-- Supabase's default privileges give every API role everything on what appears in public, and
-- PostgreSQL gives PUBLIC the right to execute: take both back, then give what is meant.
revoke all on table public.system_status, public.deployment_log, public.security_audit_log
  from public, anon, authenticated, service_role;
revoke all on sequence
  public.system_status_id_seq, public.deployment_log_id_seq, public.security_audit_log_id_seq
  from public, anon, authenticated, service_role;
revoke all on function public.system_status_supersede(), public.maintenance_active()
  from public, anon, authenticated, service_role;

grant select on table public.system_status to anon, authenticated;
grant select, insert on table public.system_status, public.deployment_log, public.security_audit_log
  to service_role;
grant execute on function public.maintenance_active() to anon, authenticated, service_role;

-- There is always a current row.
insert into public.system_status (maintenance_mode) values (false);
