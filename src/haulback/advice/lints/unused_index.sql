-- name: findings
-- Indexes that bear no constraint and were never scanned since statistics are kept. The index of a partitioned table
-- is unused where those of all its partitions are; these are not told of by themselves.
select pg_catalog.jsonb_build_object('schema', n.nspname, 'name', t.relname, 'type', 'table') as metadata,
       pg_catalog.jsonb_build_object(
           'table', pg_catalog.format('%%I.%%I', n.nspname, t.relname),
           'index', pg_catalog.format('%%I.%%I', n.nspname, c.relname),
           'index_name', c.relname,
           -- Not possible for a partitioned table.
           'concurrently', case c.relkind when 'i' then ' concurrently' else '' end,
           'size', pg_catalog.pg_size_pretty(used.bytes),
           'since', coalesce(
               'since ' || pg_catalog.to_char(s.stats_reset at time zone 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC',
               'since statistics are kept'
           )
       ) as told
  from pg_catalog.pg_index as i
  join pg_catalog.pg_class as c on c.oid = i.indexrelid
  join pg_catalog.pg_class as t on t.oid = i.indrelid
  join pg_catalog.pg_namespace as n on n.oid = t.relnamespace
  join pg_catalog.pg_stat_database as s on s.datname = pg_catalog.current_database()
 cross join lateral (
        select coalesce(pg_catalog.sum(pg_catalog.pg_stat_get_numscans(part.oid)), 0) as scans,
               coalesce(pg_catalog.sum(pg_catalog.pg_relation_size(part.oid)), 0)::bigint as bytes
          from (
               select c.oid where c.relkind = 'i'
               union all
               select tree.relid from pg_catalog.pg_partition_tree(c.oid) as tree where c.relkind = 'I' and tree.isleaf
          ) as part
       ) as used
 where c.relkind in ('i', 'I')
   and not c.relispartition
   and t.relkind in ('r', 'p', 'm')
   and t.relpersistence <> 't'
   and used.scans = 0
   and not i.indisunique
   and not i.indisexclusion
   and not i.indisreplident
   and n.nspname <> all (%(platform)s)
   and not exists (
       select from pg_catalog.pg_depend as d
        where d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass and d.objid = t.oid and d.deptype = 'e'
   )
 order by n.nspname, t.relname, c.relname

-- name: hidden
select 'track_counts is off: the server does not count scans' as what
 where not pg_catalog.current_setting('track_counts')::boolean
