-- Monitoring: how the events table and its indexes are used. By name and not by oid, so that the views
-- neither hold the table fast nor follow it when it is moved aside.

create view public.engagement_events_performance with (security_invoker = true) as
select
  s.schemaname,
  s.relname,
  s.seq_scan,
  s.seq_tup_read,
  s.idx_scan,
  s.idx_tup_fetch,
  s.n_tup_ins,
  s.n_tup_upd,
  s.n_tup_del,
  s.n_live_tup,
  s.n_dead_tup,
  s.last_autovacuum,
  s.last_autoanalyze,
  pg_catalog.pg_total_relation_size(s.relid) as total_bytes
from pg_catalog.pg_stat_user_tables s
where s.schemaname = 'public' and s.relname in ('engagement_events', 'engagement_events_archive');

comment on view public.engagement_events_performance is 'Reads, writes and size of the events tables.';

create view public.engagement_events_index_usage with (security_invoker = true) as
select
  s.schemaname,
  s.relname,
  s.indexrelname,
  s.idx_scan,
  s.idx_tup_read,
  s.idx_tup_fetch,
  pg_catalog.pg_relation_size(s.indexrelid) as index_bytes
from pg_catalog.pg_stat_user_indexes s
where s.schemaname = 'public' and s.relname in ('engagement_events', 'engagement_events_archive');

comment on view public.engagement_events_index_usage is 'Use and size of each index of the events tables.';

revoke all on table public.engagement_events_performance, public.engagement_events_index_usage
  from public, anon, authenticated, service_role;
grant select on table public.engagement_events_performance, public.engagement_events_index_usage
  to service_role;
