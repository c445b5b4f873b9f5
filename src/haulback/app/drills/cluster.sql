-- name: next_transaction
-- The number that the next writing transaction gets, without its epoch, as the log writes it.
select (pg_catalog.pg_snapshot_xmax(pg_catalog.pg_current_snapshot())::text::numeric % 4294967296)::bigint
