-- name: findings
-- Relations of the kinds that pg_graphql shows, of which authenticated may read at least one column.
select pg_catalog.jsonb_build_object('schema', n.nspname, 'name', c.relname, 'type', k.name) as metadata,
       pg_catalog.jsonb_build_object('table', pg_catalog.format('%%I.%%I', n.nspname, c.relname)) as told
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  join (values ('r', 'table'), ('v', 'view'), ('m', 'materialized view'), ('f', 'foreign table')) as k(letter, name)
    on k.letter = c.relkind::text
 where c.relpersistence <> 't'
   and n.nspname <> all (%(platform)s)
   and pg_catalog.has_any_column_privilege('authenticated', c.oid, 'SELECT')
 order by n.nspname, c.relname
