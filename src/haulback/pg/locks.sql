-- name: blockers
-- Who keeps a session waiting. Columns of pg_stat_activity are null where we may not see them.
select b.pid, a.application_name,
       case when a.backend_type = 'autovacuum worker' then 'autovacuum' else a.state end,
       extract(epoch from pg_catalog.clock_timestamp() - coalesce(a.xact_start, a.query_start))::float8
  from pg_catalog.unnest(pg_catalog.pg_blocking_pids(%(pid)s)) as b (pid)
  left join pg_catalog.pg_stat_activity as a on a.pid = b.pid
 order by b.pid;
