-- name: largest
-- The file of the largest table of the users that has rows, below the data folder.
select pg_catalog.pg_relation_filepath(c.oid)
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema')
   and pg_catalog.pg_relation_size(c.oid) > 0
 order by n.nspname in ('haulback', 'haulback_attic'), pg_catalog.pg_relation_size(c.oid) desc, c.oid
 limit 1
