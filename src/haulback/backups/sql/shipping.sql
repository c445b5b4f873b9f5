-- name: commit
-- A commit of nothing but its own time: recovery to a time before it can stop only at something later.
select pg_catalog.pg_current_xact_id()::text

-- name: switch
-- Ends the segment that is being written; its name, by the position of the end.
select pg_catalog.pg_walfile_name(pg_catalog.pg_switch_wal())

-- name: identity
select s.system_identifier::text, ('x' || pg_catalog.substr(
           pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn()), 1, 8))::bit(32)::integer
  from pg_catalog.pg_control_system() as s

-- name: next_transaction
-- The number that the next writing transaction gets, without its epoch, as the log writes it.
select (pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::numeric % 4294967296)::bigint

-- name: archiving
-- What decides whether WAL is archived, whether a restart is missing, and how the archiver fares.
select pg_catalog.current_setting('wal_level'),
       pg_catalog.current_setting('archive_mode'),
       pg_catalog.current_setting('archive_command'),
       (select s.setting::integer from pg_catalog.pg_settings as s where s.name = 'archive_timeout'),
       array(select s.name from pg_catalog.pg_settings as s
              where s.pending_restart and s.name in ('wal_level', 'archive_mode') order by s.name),
       a.failed_count, coalesce(a.last_failed_wal, ''), coalesce(a.last_failed_time > a.last_archived_time, false),
       (select r.rolsuper from pg_catalog.pg_roles as r where r.rolname = current_user),
       pg_catalog.current_setting('server_version_num')::integer / 10000,
       coalesce(pg_catalog.current_setting('summarize_wal', true), 'off') = 'on'
  from pg_catalog.pg_stat_archiver as a

-- name: slots
-- What keeps segments from being removed, with the bytes behind it.
select s.slot_name::text, pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.restart_lsn)::bigint, s.active
  from pg_catalog.pg_replication_slots as s
 where s.restart_lsn is not null
 order by 2 desc, 1
