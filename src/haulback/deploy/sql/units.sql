-- name: invalid_indexes
-- Indexes that a failed or interrupted CONCURRENTLY left behind, quoted and qualified.
select pg_catalog.format('%I.%I', n.nspname, c.relname)
  from pg_catalog.pg_index as i
  join pg_catalog.pg_class as c on c.oid = i.indexrelid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where not i.indisvalid
   and c.relkind = 'i'
   and n.nspname !~ '^pg_'
   -- One that somebody else builds at this moment is not valid yet, and not ours.
   and not exists (select from pg_catalog.pg_stat_progress_create_index as p
                    where p.index_relid = i.indexrelid and p.pid <> pg_catalog.pg_backend_pid())
 order by 1;

-- name: indexes
select pg_catalog.format('%%I.%%I', n.nspname, c.relname)
  from pg_catalog.pg_index as i
  join pg_catalog.pg_class as c on c.oid = i.indexrelid
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where i.indrelid = pg_catalog.to_regclass(%(table)s)
 order by 1;
