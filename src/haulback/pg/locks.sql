-- name: look
-- Who keeps a session waiting ('blocks'), which reads and writes it keeps waiting ('waits'), and what it holds that
-- could do so ('holds').
-- Columns of pg_stat_activity are null where we may not see them. An autovacuum worker has no user, which everybody
-- may see. Whoever waits with a stronger lock than reads and writes need is no user of the application.
select 'blocks' as side, b.pid, a.application_name,
       case when v.autovacuum then 'autovacuum' else a.state end,
       extract(epoch from pg_catalog.clock_timestamp() - coalesce(a.xact_start, a.query_start))::float8,
       v.autovacuum, v.wraparound, null as lock
  from pg_catalog.unnest(pg_catalog.pg_blocking_pids(%(pid)s)) as b (pid)
  left join pg_catalog.pg_stat_activity as a on a.pid = b.pid
  cross join lateral (
    select coalesce(a.backend_type = 'autovacuum worker', a.datid is not null and a.usesysid is null) as autovacuum,
           case when a.backend_type is not null then a.query like '%% (to prevent wraparound)' end as wraparound
  ) as v
 union all
select 'waits', w.pid, a.application_name, 'waiting',
       extract(epoch from pg_catalog.clock_timestamp() - greatest(w.waitstart, o.xact_start))::float8,
       false, false, h.lock
  from pg_catalog.pg_locks as w
  join pg_catalog.pg_stat_activity as a on a.pid = w.pid
  join pg_catalog.pg_stat_activity as o on o.pid = %(pid)s
  left join lateral (
    -- The strongest lock of the watched session on what is waited for. Who waits for a row waits for a transaction:
    -- its table is one that both use.
    select pg_catalog.format(case w.locktype when 'relation' then '%%s on %%I.%%I' else 'locks on rows of %%2$I.%%3$I' end,
                             m.mode, n.nspname, c.relname) as lock
      from pg_catalog.pg_locks as m
      join pg_catalog.pg_class as c on c.oid = m.relation and c.relkind in ('r', 'p', 'm')
      join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
     where m.pid = o.pid and m.locktype = 'relation' and m.granted
       and m.database = (select d.oid from pg_catalog.pg_database as d
                          where d.datname = pg_catalog.current_database())
       and (m.relation = w.relation
            or w.locktype <> 'relation'
               and exists (select from pg_catalog.pg_locks as v
                            where v.pid = w.pid and v.locktype = 'relation' and v.granted
                              and v.database = m.database and v.relation = m.relation))
     order by pg_catalog.array_position(%(modes)s::text[], m.mode) desc, m.relation
     limit 1
  ) as h on true
 where not w.granted
   and w.pid <> o.pid
   and (w.locktype in ('transactionid', 'tuple')
        or w.locktype = 'relation' and w.mode in ('AccessShareLock', 'RowShareLock', 'RowExclusiveLock'))
   and a.usesysid is not null
   and case when not w.granted then o.pid = any (pg_catalog.pg_blocking_pids(w.pid)) end
 union all
select 'holds', m.pid, null, null, null, false, false,
       pg_catalog.format('%%s on %%I.%%I', m.mode, n.nspname, c.relname)
  from pg_catalog.pg_locks as m
  -- What the transaction itself has made is not seen here, and nobody waits for it.
  join pg_catalog.pg_class as c on c.oid = m.relation
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where m.pid = %(pid)s and m.locktype = 'relation' and m.granted
   and pg_catalog.array_position(%(modes)s::text[], m.mode) >= 5
 order by 1, 2, 8;

-- name: wanted
-- The lock that a session waits for: what it is of, as one comparable text, its mode, and the relation if it is of one.
select row(l.locktype, l.database, l.relation, l.page, l.tuple, l.virtualxid, l.transactionid, l.classid, l.objid,
           l.objsubid)::text, l.mode, case when l.locktype = 'relation' then l.relation end
  from pg_catalog.pg_locks as l
 where l.pid = %(pid)s and not l.granted
 limit 1;

-- name: holders
-- Who holds a lock that conflicts with one that was wanted; asked while nobody of us waits for it.
select l.virtualtransaction, coalesce(l.pid, 0), a.application_name,
       case when v.autovacuum then 'autovacuum' else a.state end,
       extract(epoch from pg_catalog.clock_timestamp() - coalesce(a.xact_start, a.query_start))::float8,
       v.autovacuum, v.wraparound
  from pg_catalog.pg_locks as l
  left join pg_catalog.pg_stat_activity as a on a.pid = l.pid
  cross join lateral (
    select coalesce(a.backend_type = 'autovacuum worker', a.datid is not null and a.usesysid is null) as autovacuum,
           case when a.backend_type is not null then a.query like '%% (to prevent wraparound)' end as wraparound
  ) as v
 where l.granted
   and l.pid is distinct from %(pid)s
   and l.mode = any (%(modes)s)
   and row(l.locktype, l.database, l.relation, l.page, l.tuple, l.virtualxid, l.transactionid, l.classid, l.objid,
           l.objsubid)::text = %(tag)s
 order by 2, 1;

-- name: table
-- A table by its object id, under the name that it has now.
select n.nspname::text, c.relname::text
  from pg_catalog.pg_class as c
  join pg_catalog.pg_namespace as n on n.oid = c.relnamespace
 where c.oid = %(oid)s and c.relkind in ('r', 'p');

-- name: cancel
select pg_catalog.pg_cancel_backend(%(pid)s);

-- name: end_blocker
-- Ends what a session does in a transaction that is still as old: a statement that runs is cancelled, a session that
-- does nothing can only be ended whole. No row where the transaction is over.
select case when a.state = 'active' and not %(whole)s then 'cancelled' else 'ended' end,
       case when a.state = 'active' and not %(whole)s then pg_catalog.pg_cancel_backend(a.pid)
            else pg_catalog.pg_terminate_backend(a.pid) end
  from pg_catalog.pg_stat_activity as a
 where a.pid = %(pid)s
   and a.xact_start < pg_catalog.clock_timestamp() - pg_catalog.make_interval(secs => %(seconds)s);

-- name: deadlock_timeout
-- In seconds; a wait longer than this makes an autovacuum worker give way.
select s.setting::float8 / 1000 from pg_catalog.pg_settings as s where s.name = 'deadlock_timeout';

-- name: progress
-- How far a long statement of a session is: its name, phase, and parts done of all parts.
select p.command, p.phase,
       case when p.tuples_total > 0 then p.tuples_done when p.blocks_total > 0 then p.blocks_done
            else p.lockers_done end,
       case when p.tuples_total > 0 then p.tuples_total when p.blocks_total > 0 then p.blocks_total
            else p.lockers_total end
  from pg_catalog.pg_stat_progress_create_index as p where p.pid = %(pid)s
 union all
select 'VACUUM', p.phase, p.heap_blks_scanned, p.heap_blks_total
  from pg_catalog.pg_stat_progress_vacuum as p where p.pid = %(pid)s
 union all
select p.command, p.phase, p.heap_blks_scanned, p.heap_blks_total
  from pg_catalog.pg_stat_progress_cluster as p where p.pid = %(pid)s
 union all
select 'ANALYZE', p.phase, p.sample_blks_scanned, p.sample_blks_total
  from pg_catalog.pg_stat_progress_analyze as p where p.pid = %(pid)s
 union all
select p.command, p.type, p.bytes_processed, p.bytes_total
  from pg_catalog.pg_stat_progress_copy as p where p.pid = %(pid)s
 limit 1;
