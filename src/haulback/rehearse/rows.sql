-- name: tables
-- Ordinary tables outside the system, our own schemas and the history.
select n.nspname::text, c.relname::text
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.relkind = 'r'
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and n.nspname not in ('haulback', 'haulback_attic', 'supabase_migrations')
 order by 1, 2;

-- name: hashes
-- As jsonb the keys are in an order of their own: a column that came back stands last in the row.
select pg_catalog.hashtextextended(pg_catalog.to_jsonb(t)::text, 0) from only {table} as t;
