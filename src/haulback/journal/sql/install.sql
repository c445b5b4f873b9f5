-- The journal, in the target, as of the newest version. Run as the deploying role; each statement can be repeated.
-- What changes here is said once more in upgrades/VERSION_NAME.sql, for the journals that are there already.

create schema if not exists haulback;

comment on schema haulback is 'Haulback: the journal of deployments. Not part of the application.';

create table if not exists haulback.installation (
  version integer not null primary key,
  at timestamptz not null default pg_catalog.clock_timestamp()
);

create table if not exists haulback.deployment (
  id uuid not null primary key,
  number bigint generated always as identity unique,
  plan_hash text not null,
  plan jsonb not null,
  target text not null,
  environment text not null,
  login text not null default session_user,
  host text not null,
  pid integer not null,
  begun_at timestamptz not null default pg_catalog.clock_timestamp()
);

create table if not exists haulback.entry (
  sequence bigint generated always as identity primary key,
  deployment uuid not null references haulback.deployment (id),
  at timestamptz not null default pg_catalog.clock_timestamp(),
  step text not null,
  unit text not null default '',
  event text not null
    check (event in ('begun', 'done', 'failed', 'undo begun', 'undone', 'state')),
  detail jsonb not null default '{}'
);

create index if not exists entry_deployment_sequence on haulback.entry (deployment, sequence);

-- Schemas as they were, to compare with and to go back to: JSON, compressed by the client.
create table if not exists haulback.schema_image (
  deployment uuid not null references haulback.deployment (id),
  moment text not null check (moment in ('before', 'expected', 'after')),
  fingerprint text not null,
  image bytea not null,
  at timestamptz not null default pg_catalog.clock_timestamp(),
  primary key (deployment, moment)
);

-- Who saved a plan for approval, as the server knows it.
create table if not exists haulback.saved_plan (
  plan_hash text not null,
  login text not null default session_user,
  at timestamptz not null default pg_catalog.clock_timestamp(),
  primary key (plan_hash, login)
);

create table if not exists haulback.approval (
  plan_hash text not null,
  login text not null default session_user,
  role text not null,
  at timestamptz not null default pg_catalog.clock_timestamp(),
  primary key (plan_hash, login)
);

-- Restores of rows from a backup: what was asked for, and what happened.
create table if not exists haulback.restore (
  id uuid not null primary key,
  number bigint generated always as identity unique,
  identity text not null,
  request jsonb not null,
  target text not null,
  login text not null default session_user,
  host text not null,
  pid integer not null,
  begun_at timestamptz not null default pg_catalog.clock_timestamp()
);

create table if not exists haulback.restore_entry (
  sequence bigint generated always as identity primary key,
  restore uuid not null references haulback.restore (id),
  at timestamptz not null default pg_catalog.clock_timestamp(),
  event text not null check (event in ('begun', 'staged', 'done', 'undo begun', 'undone')),
  detail jsonb not null default '{}'
);

create index if not exists restore_entry_restore_sequence on haulback.restore_entry (restore, sequence);

-- What lies in the attic: one row for each table, sequence and type kept there. `detail` is written once and says
-- what giving back needs; `rows` and `checksum` are counted after the commit; `progress` says how far giving
-- back has come. A row goes only when its capture is purged.
create table if not exists haulback.capture (
  id bigint generated always as identity primary key,
  deployment uuid references haulback.deployment (id),
  keeps text not null check (keeps in ('before', 'after')),
  kind text not null
    check (kind in ('moved table', 'moved sequence', 'moved type', 'copied table', 'copied columns',
                    'changed rows')),
  identity text not null,
  attic_table name not null unique,
  detail jsonb not null default '{}',
  rows bigint,
  checksum numeric,
  progress jsonb not null default '{}',
  at timestamptz not null default pg_catalog.clock_timestamp(),
  restore uuid references haulback.restore (id),
  constraint capture_of_one check (pg_catalog.num_nonnulls(deployment, restore) = 1)
);

-- The history of a target without Supabase's own; same shape.
create table if not exists haulback.schema_migrations (
  version text not null primary key,
  statements text[],
  name text
);

-- Append-only means that not even we can rewrite it by mistake.
create or replace function haulback.refuse_change() returns trigger
  language plpgsql
  set search_path = ''
as $$
begin
  raise exception '% is append-only', tg_table_schema || '.' || tg_table_name
    using errcode = 'insufficient_privilege';
end
$$;

create or replace trigger append_only
  before update or delete or truncate on haulback.entry
  for each statement execute function haulback.refuse_change();

create or replace trigger append_only
  before update or delete or truncate on haulback.deployment
  for each statement execute function haulback.refuse_change();

create or replace trigger append_only
  before update or delete or truncate on haulback.saved_plan
  for each statement execute function haulback.refuse_change();

create or replace trigger append_only
  before update or delete or truncate on haulback.approval
  for each statement execute function haulback.refuse_change();

create or replace trigger append_only
  before update or delete or truncate on haulback.restore
  for each statement execute function haulback.refuse_change();

create or replace trigger append_only
  before update or delete or truncate on haulback.restore_entry
  for each statement execute function haulback.refuse_change();

-- One row that is written again and again: so that a quiet database too has a newest commit.
create table if not exists haulback.heartbeat (
  one boolean not null primary key default true check (one),
  at timestamptz not null,
  by text not null
);

insert into haulback.installation (version) values (4) on conflict do nothing;
