-- Rows come back from backups, journaled; what is kept for that belongs to a restore in place of a deployment.
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

create or replace trigger append_only
  before update or delete or truncate on haulback.restore
  for each statement execute function haulback.refuse_change();

create or replace trigger append_only
  before update or delete or truncate on haulback.restore_entry
  for each statement execute function haulback.refuse_change();

alter table haulback.capture alter column deployment drop not null;

alter table haulback.capture add column if not exists restore uuid references haulback.restore (id);

alter table haulback.capture drop constraint if exists capture_of_one;

alter table haulback.capture add constraint capture_of_one
  check (pg_catalog.num_nonnulls(deployment, restore) = 1);
