-- name: findings
-- Tables with policies and without row level security.
select pg_catalog.jsonb_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table') as metadata,
       pg_catalog.jsonb_build_object(
           'table', pg_catalog.format('%%I.%%I', n.nspname, c.relname),
           'policies', pg_catalog.array_agg(pg_catalog.quote_ident(p.polname) order by p.polname)
       ) as told
  from pg_catalog.pg_policy as p
  join pg_catalog.pg_class as c on c.oid = p.polrelid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p')
   and not c.relrowsecurity
   and n.nspname <> all (%(platform)s)
   and not exists (
       select from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e'
   )
 group by n.nspname, c.relname
 order by n.nspname, c.relname
