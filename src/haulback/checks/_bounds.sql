-- Bounds the session's statements; returns the settings as they were, to be put back.
-- The old values are read in a materialised query, since set_config takes effect at once.
with before as materialized (
    select pg_catalog.current_setting('statement_timeout') as statement_timeout,
           pg_catalog.current_setting('lock_timeout') as lock_timeout
), bounded as materialized (
    select before.*,
           pg_catalog.set_config('statement_timeout', '5s', false) as set_statement,
           pg_catalog.set_config('lock_timeout', '500ms', false) as set_lock
      from before
)
select statement_timeout, lock_timeout from bounded
