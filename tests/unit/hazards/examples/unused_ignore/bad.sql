select 1; -- haulback:ignore drop-table because
