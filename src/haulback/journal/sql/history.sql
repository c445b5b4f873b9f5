-- name: schema
-- Supabase is recognised by the role that its API logs in with.
select case when exists (select from pg_catalog.pg_namespace as n where n.nspname = 'supabase_migrations')
              or exists (select from pg_catalog.pg_roles as r where r.rolname = 'authenticator')
            then 'supabase_migrations' else 'haulback' end;

-- name: present
-- Whether the table is there, and whether it has names: an old version of Supabase's command made it without.
select c.oid is not null,
       exists (select from pg_catalog.pg_attribute as a
                where a.attrelid = c.oid and a.attname = 'name' and not a.attisdropped)
  from pg_catalog.to_regclass(%(table)s) as t (oid)
  left join pg_catalog.pg_class as c on c.oid = t.oid;

-- name: read
select h.version, coalesce(h.name, '')
  from {schema}.schema_migrations as h
 order by h.version;

-- name: read_unnamed
select h.version, ''
  from {schema}.schema_migrations as h
 order by h.version;

-- name: complete
-- Only where a column is missing: the statement locks the table.
alter table {schema}.schema_migrations add column if not exists statements text[];
alter table {schema}.schema_migrations add column if not exists name text;

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
