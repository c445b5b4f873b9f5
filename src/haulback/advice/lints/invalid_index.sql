-- name: findings
-- Indexes that no query may use, but for those that somebody may be building: that takes a lock on the table that no
-- reader and no writer takes.
select pg_catalog.jsonb_build_object('schema', n.nspname, 'name', t.relname, 'type', 'table') as metadata,
       pg_catalog.jsonb_build_object(
           'table', pg_catalog.format('%%I.%%I', n.nspname, t.relname),
           'index', pg_catalog.format('%%I.%%I', n.nspname, c.relname),
           'index_name', c.relname,
           'how', case c.relkind
               when 'I' then 'Create it on the partitions that lack it, and attach these: alter index ' ||
                    pg_catalog.format('%%I.%%I', n.nspname, c.relname) || ' attach partition NAME;'
               else pg_catalog.format('drop index concurrently %%I.%%I; -- then create it again', n.nspname, c.relname)
           end
       ) as told
  from pg_catalog.pg_index as i
  join pg_catalog.pg_class as c on c.oid = i.indexrelid
  join pg_catalog.pg_class as t on t.oid = i.indrelid
  join pg_catalog.pg_namespace as n on n.oid = t.relnamespace
 where not i.indisvalid
   and n.nspname <> all (%(platform)s)
   and n.nspname !~ '^pg_'
   and not exists (
       select from pg_catalog.pg_locks as l
        where l.locktype = 'relation' and l.relation = t.oid and l.mode = 'ShareUpdateExclusiveLock'
          and l.database = (select d.oid from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database())
   )
 order by n.nspname, t.relname, c.relname

-- name: hidden
select pg_catalog.format('%%I.%%I is invalid, and may be being built just now', n.nspname, c.relname) as what
  from pg_catalog.pg_index as i
  join pg_catalog.pg_class as c on c.oid = i.indexrelid
  join pg_catalog.pg_class as t on t.oid = i.indrelid
  join pg_catalog.pg_namespace as n on n.oid = t.relnamespace
 where not i.indisvalid
   and n.nspname <> all (%(platform)s)
   and n.nspname !~ '^pg_'
   and exists (
       select from pg_catalog.pg_locks as l
        where l.locktype = 'relation' and l.relation = t.oid and l.mode = 'ShareUpdateExclusiveLock'
          and l.database = (select d.oid from pg_catalog.pg_database as d where d.datname = pg_catalog.current_database())
   )
 order by n.nspname, c.relname
