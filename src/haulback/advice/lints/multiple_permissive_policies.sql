-- name: findings
-- Tables with more than one permissive policy for the same role and action. Only roles that policies hold for and
-- that have the privilege for the action: for any other none is ever asked.
select pg_catalog.jsonb_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table') as metadata,
       pg_catalog.jsonb_build_object(
           'table', pg_catalog.format('%%I.%%I', n.nspname, c.relname),
           'role', r.rolname,
           'action', a.name,
           'count', pg_catalog.count(*),
           'policies', pg_catalog.array_agg(pg_catalog.quote_ident(p.polname) order by p.polname)
       ) as told
  from pg_catalog.pg_policy as p
  join pg_catalog.pg_class as c on c.oid = p.polrelid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  join pg_catalog.pg_roles as r on r.oid = any (p.polroles) or 0 = any (p.polroles)
  join (values ('r', 'SELECT'), ('a', 'INSERT'), ('w', 'UPDATE'), ('d', 'DELETE')) as a(letter, name)
    on p.polcmd::text in (a.letter, '*')
 where c.relkind in ('r', 'p')
   and p.polpermissive
   and n.nspname <> all (%(platform)s)
   and not r.rolsuper
   and not r.rolbypassrls
   and r.rolname !~ '^(pg_.*|supabase.*admin)$'
   and (
       pg_catalog.has_table_privilege(r.oid, c.oid, a.name)
       or (a.name <> 'DELETE' and pg_catalog.has_any_column_privilege(r.oid, c.oid, nullif(a.name, 'DELETE')))
   )
   and not exists (
       select from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = c.oid and d.deptype = 'e'
   )
 group by n.nspname, c.relname, r.rolname, a.letter, a.name
having pg_catalog.count(*) > 1
 order by n.nspname, c.relname, r.rolname, a.name
