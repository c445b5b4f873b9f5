-- name: settings
-- Of the transaction rather than the connection, for a pooler may leave out what a connection asks for. A policy that reads
-- a table under row security fails then, rather than reads less of it.
SELECT
    pg_catalog.set_config('row_security', 'off', true) IS NULL,
    pg_catalog.set_config('search_path', '', true) IS NULL,
    pg_catalog.set_config('transaction_read_only', 'on', true) IS NULL,
    pg_catalog.set_config('statement_timeout', '1s', true) IS NULL,
    pg_catalog.set_config('lock_timeout', '100ms', true) IS NULL,
    pg_catalog.set_config('plan_cache_mode', 'force_generic_plan', true) IS NULL,
    pg_catalog.set_config('jit', 'off', true) IS NULL,
    pg_catalog.set_config('max_parallel_workers_per_gather', '0', true) IS NULL

-- name: sift
-- The numbers of those claims, from 1, under which a row may be seen, if row security of all other tables let everything
-- be seen; NULL where there is no such row.
SELECT (
    SELECT pg_catalog.string_agg(haulback_claims.haulback_number::text, ' ')
    FROM ROWS FROM ({claims}) WITH ORDINALITY AS haulback_claims ({names})
    WHERE {sieve}
) AS haulback_numbers
FROM {only} {table} AS {name}
WHERE {key}
