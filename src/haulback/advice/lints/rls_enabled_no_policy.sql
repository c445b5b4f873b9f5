-- name: findings
-- Tables with row level security and without a policy; partitions are asked through their parent, so only the root.
select pg_catalog.jsonb_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table') as metadata,
       pg_catalog.jsonb_build_object('table', pg_catalog.format('%%I.%%I', n.nspname, c.relname)) as told
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p')
   and not c.relispartition
   and c.relrowsecurity
   and n.nspname <> all (%(platform)s)
   and not exists (select from pg_catalog.pg_policy as p where p.polrelid = c.oid)
   and not exists (
       select from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e'
   )
 order by n.nspname, c.relname
