-- name: state
-- File node of every table, index and materialized view outside the system and our own schemas, and the table that
-- an index is for.
select pg_catalog.format('%I.%I', n.nspname, c.relname), c.oid::int8, pg_catalog.pg_relation_filenode(c.oid)::int8,
       i.indrelid::int8
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
  left join pg_catalog.pg_index as i on i.indexrelid = c.oid
 where c.relkind in ('r', 'i', 'm')
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and n.nspname not in ('haulback', 'haulback_attic')
 order by c.oid;

-- name: locks
-- What our own transaction holds, the strongest mode of each relation; the modes are in the order in which they keep
-- others out. Scans are those of this transaction so far.
select pg_catalog.format('%I.%I', n.nspname, c.relname), c.oid::int8,
       (array['ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'])[pg_catalog.max(
           pg_catalog.array_position(
               array['ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'], l.mode))],
       pg_catalog.pg_stat_get_xact_numscans(c.oid)
  from pg_catalog.pg_locks as l
  join pg_catalog.pg_class as c on c.oid = l.relation
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where l.pid = pg_catalog.pg_backend_pid()
   and l.locktype = 'relation'
   and l.granted
   and c.relkind in ('r', 'p', 'm')
   and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
   and n.nspname not in ('haulback', 'haulback_attic', 'supabase_migrations')
   and l.mode in ('AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock')
 group by n.nspname, c.relname, c.oid
 order by 1;

-- name: written
select pg_catalog.format('%I.%I', s.schemaname, s.relname), s.n_tup_ins, s.n_tup_upd, s.n_tup_del
  from pg_catalog.pg_stat_xact_user_tables as s
 where s.schemaname not in ('haulback', 'haulback_attic', 'supabase_migrations')
   and s.n_tup_ins + s.n_tup_upd + s.n_tup_del > 0
 order by 1;

-- name: aimed_at
-- A statement that writes locks the table in this mode before it looks for rows.
select distinct pg_catalog.format('%I.%I', n.nspname, c.relname)
  from pg_catalog.pg_locks as l
  join pg_catalog.pg_class as c on c.oid = l.relation
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where l.pid = pg_catalog.pg_backend_pid() and l.locktype = 'relation' and l.mode = 'RowExclusiveLock'
   and c.relkind in ('r', 'p')
   and n.nspname !~ '^pg_'
   and n.nspname not in ('information_schema', 'haulback', 'haulback_attic', 'supabase_migrations')
 order by 1;
