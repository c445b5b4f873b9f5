-- name: findings
-- Constraints that are NOT VALID, but for those that are NOT ENFORCED (since 18, so asked of the row as a document).
-- What partitions and children inherit is their parent's.
select pg_catalog.jsonb_build_object(
           'schema', n.nspname, 'name', c.relname, 'type', 'table', 'constraint_name', k.conname
       ) as metadata,
       pg_catalog.jsonb_build_object(
           'table', pg_catalog.format('%%I.%%I', n.nspname, c.relname), 'constraint', pg_catalog.quote_ident(k.conname)
       ) as told
  from pg_catalog.pg_constraint as k
  join pg_catalog.pg_class as c on c.oid = k.conrelid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where not k.convalidated
   and k.coninhcount = 0
   and coalesce((pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean, true)
   and c.relkind in ('r', 'p')
   and n.nspname <> all (%(platform)s)
 order by n.nspname, c.relname, k.conname
