alter table jobs set (autovacuum_enabled = false);
