-- Vacuums that run on the named tables, with the table's size in blocks where it is known. The progress view hides
-- the table from a plain role but not the pid, and pg_locks tells the table of a pid.
select c.oid::pg_catalog.regclass::text,
       v.pid,
       nullif(greatest(c.relpages::bigint, v.heap_blks_total, 0), 0)
         * pg_catalog.current_setting('block_size')::bigint as bytes
  from pg_catalog.pg_stat_progress_vacuum as v
  join pg_catalog.pg_locks as l
    on l.pid = v.pid and l.locktype = 'relation' and l.mode = 'ShareUpdateExclusiveLock' and l.granted
   and l.database = v.datid
  join pg_catalog.pg_class as c
    on c.oid = l.relation
 where v.datname = pg_catalog.current_database()
   and c.oid = any (select pg_catalog.to_regclass(t.name) from pg_catalog.unnest(%(tables)s::text[]) as t(name))
 order by 1, 2
