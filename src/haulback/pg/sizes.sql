-- name: sizes
-- Rows and pages of every table and materialized view as the last VACUUM or ANALYZE counted them, the pages of their
-- indexes, and their parents in inheritance. Opens no relation, so it waits for no lock.
select n.nspname, c.relname, c.reltuples::float8, c.relpages::int8,
       coalesce((select pg_catalog.sum(x.relpages)
                   from pg_catalog.pg_index as i
                   join pg_catalog.pg_class as x on x.oid = i.indexrelid
                  where i.indrelid = c.oid), 0)::int8
           + coalesce((select t.relpages from pg_catalog.pg_class as t where t.oid = c.reltoastrelid), 0)::int8,
       c.oid::int8,
       array(select h.inhparent::int8 from pg_catalog.pg_inherits as h where h.inhrelid = c.oid order by 1)
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p', 'm')
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and n.nspname not in ('haulback', 'haulback_attic')
 order by n.nspname, c.relname;

-- name: measured
-- Bytes of tables that were never analyzed. Opens them: the caller bounds the wait.
select o.oid::int8, pg_catalog.pg_relation_size(o.oid), pg_catalog.pg_indexes_size(o.oid)
  from pg_catalog.unnest(%(oids)s::oid[]) as o (oid)
 order by o.oid;
