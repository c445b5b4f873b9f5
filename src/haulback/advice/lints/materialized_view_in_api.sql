-- name: findings
-- Materialized views of exposed schemas that a role of the API may read.
select pg_catalog.jsonb_build_object('schema', n.nspname, 'name', c.relname, 'type', 'materialized view') as metadata,
       pg_catalog.jsonb_build_object(
           'view', pg_catalog.format('%%I.%%I', n.nspname, c.relname), 'served_to', r.names
       ) as told
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 cross join lateral (
        select pg_catalog.array_agg(r.rolname order by r.rolname) as names
          from pg_catalog.pg_roles as r
         where r.rolname = any (%(roles)s) and pg_catalog.has_table_privilege(r.oid, c.oid, 'SELECT')
       ) as r
 where c.relkind = 'm'
   and n.nspname = any (%(exposed)s)
   and n.nspname <> all (%(platform)s)
   and r.names is not null
   and not exists (
       select from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e'
   )
 order by n.nspname, c.relname
