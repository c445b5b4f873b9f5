-- A slot that is asked for what came.

-- name: make
SELECT pg_catalog.pg_create_logical_replication_slot(%(slot)s, 'pgoutput', true)

-- name: end
SELECT pg_catalog.pg_wal_lsn_diff(
    CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
        ELSE pg_catalog.pg_current_wal_flush_lsn() END,
    '0/0'
)::bigint

-- name: peek
SELECT pg_catalog.pg_wal_lsn_diff(came.lsn, '0/0')::bigint, came.data
FROM pg_catalog.pg_logical_slot_peek_binary_changes(
    %(slot)s, NULL, %(most)s::int, 'proto_version', '1', 'publication_names', %(publications)s
) came

-- name: advance
SELECT pg_catalog.pg_replication_slot_advance(%(slot)s, %(lsn)s::pg_catalog.pg_lsn)
