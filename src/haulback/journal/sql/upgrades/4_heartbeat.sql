-- One row that is written again and again: so that a quiet database too has a newest commit, and a recovery tells its age.
create schema if not exists haulback;

create table if not exists haulback.heartbeat (
  one boolean not null primary key default true check (one),
  at timestamptz not null,
  by text not null
);
