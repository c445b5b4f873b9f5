-- name: moment
select pg_catalog.pg_current_wal_insert_lsn()::text, pg_catalog.clock_timestamp(),
       pg_catalog.current_setting('archive_mode') in ('on', 'always');

-- name: restore_point
select pg_catalog.pg_create_restore_point(%(name)s)::text, pg_catalog.pg_walfile_name(pg_catalog.pg_switch_wal());

-- name: archived
-- Whether the archiver has handed over that segment or a later one; names sort by timeline, then position.
select coalesce(a.last_archived_wal >= %(segment)s, false), a.last_failed_wal, a.last_failed_time > a.last_archived_time
  from pg_catalog.pg_stat_archiver as a;
