-- What each API role may try on the named tables and views: those commands whose privilege it holds.
with wanted as (
    select c.oid, n.oid as schema_oid, n.nspname, c.relname, c.relkind
      from pg_catalog.unnest(%(tables)s::text[]) as t(name)
      join pg_catalog.pg_class as c on c.oid = pg_catalog.to_regclass(t.name)
      join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'v', 'm')
)
select w.nspname::text, w.relname::text, r.rolname::text, k.name
  from wanted as w
 cross join (values ('SELECT'), ('INSERT'), ('DELETE')) as k(name)
  join pg_catalog.pg_roles as r on r.rolname in ('anon', 'authenticated', 'service_role')
 where pg_catalog.has_schema_privilege(r.oid, w.schema_oid, 'USAGE')
   and case when k.name = 'DELETE' then pg_catalog.has_table_privilege(r.oid, w.oid, k.name)
            else pg_catalog.has_any_column_privilege(r.oid, w.oid, k.name) end
   and (k.name = 'SELECT' or w.relkind in ('r', 'p'))
 order by w.nspname, w.relname, r.rolname, k.name desc
