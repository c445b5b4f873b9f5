-- name: schema
-- Supabase is recognised by the role that its API logs in with.
select case when exists (select from pg_catalog.pg_namespace as n where n.nspname = 'supabase_migrations')
              or exists (select from pg_catalog.pg_roles as r where r.rolname = 'supabase_admin')
            then 'supabase_migrations' else 'haulback' end;

-- name: present
select pg_catalog.to_regclass(%(table)s);

-- name: read
select h.version, coalesce(h.name, '')
  from {schema}.schema_migrations as h
 order by h.version;

-- name: prepare
create schema if not exists {schema};
create table if not exists {schema}.schema_migrations (
  version text not null primary key,
  statements text[],
  name text
);

-- name: record
insert into {schema}.schema_migrations (version, name, statements)
values (%(version)s, %(name)s, %(statements)s)
on conflict (version) do update
   set name = excluded.name, statements = excluded.statements;

-- name: forget
delete from {schema}.schema_migrations as h where h.version = %(version)s;
