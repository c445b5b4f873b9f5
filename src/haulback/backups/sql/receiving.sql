-- name: facts
-- What decides whether the log can be streamed: our role, the bound of slots, whose cluster it is.
select r.rolsuper,
       r.rolsuper or r.rolreplication,
       (select s.setting::integer from pg_catalog.pg_settings as s where s.name = 'max_slot_wal_keep_size'),
       (select c.system_identifier::text from pg_catalog.pg_control_system() as c),
       pg_catalog.current_setting('server_version_num')::integer / 10000
  from pg_catalog.pg_roles as r
 where r.rolname = current_user

-- name: slot
-- Our slot: who streams from it, and what it holds back.
select s.active_pid,
       coalesce(a.application_name, ''),
       coalesce(s.wal_status, ''),
       coalesce(pg_catalog.pg_wal_lsn_diff(
           case when pg_catalog.pg_is_in_recovery() then pg_catalog.pg_last_wal_replay_lsn()
                else pg_catalog.pg_current_wal_lsn() end, s.restart_lsn), 0)::bigint
  from pg_catalog.pg_replication_slots as s
  left join pg_catalog.pg_stat_activity as a on a.pid = s.active_pid
 where s.slot_name = %(slot)s

-- name: make
-- It holds the log back from this very moment, not only from the first byte that was streamed.
select pg_catalog.pg_create_physical_replication_slot(%(slot)s, true)

-- name: drop
select pg_catalog.pg_drop_replication_slot(%(slot)s)

-- name: end
select pg_catalog.pg_terminate_backend(%(pid)s)
