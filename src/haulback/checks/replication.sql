-- How much WAL each replication slot holds back; visible to every role.
select s.slot_name::text, pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), s.restart_lsn)::bigint
  from pg_catalog.pg_replication_slots as s
 where s.restart_lsn is not null
 order by 2 desc, 1
