-- name: findings
-- Queues that a role of the API may read, with row level security off, where the API serves queues.
select pg_catalog.jsonb_build_object('schema', n.nspname, 'name', c.relname, 'type', 'table') as metadata,
       pg_catalog.jsonb_build_object(
           'table', pg_catalog.format('%%I.%%I', n.nspname, c.relname), 'served_to', r.names
       ) as told
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 cross join lateral (
        select pg_catalog.array_agg(r.rolname order by r.rolname) as names
          from pg_catalog.pg_roles as r
         where r.rolname = any (%(roles)s) and pg_catalog.has_table_privilege(r.oid, c.oid, 'SELECT')
       ) as r
 where c.relkind in ('r', 'p')
   and not c.relrowsecurity
   and n.nspname = 'pgmq'
   and pg_catalog.starts_with(c.relname, 'q_')
   and 'pgmq_public' = any (%(exposed)s)
   and r.names is not null
 order by c.relname
