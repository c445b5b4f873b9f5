-- Bounds one transaction of ours: it can write nothing, waits neither long for a lock nor for a slow catalog, fails
-- where row level security would hide rows from us, and finds no object by a path that somebody else has set.
select pg_catalog.set_config('transaction_read_only', 'on', true),
       pg_catalog.set_config('statement_timeout', '5s', true),
       pg_catalog.set_config('lock_timeout', '500ms', true),
       pg_catalog.set_config('row_security', 'off', true),
       pg_catalog.set_config('search_path', '', true)
