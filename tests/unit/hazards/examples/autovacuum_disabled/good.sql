alter table jobs set (autovacuum_enabled = true, fillfactor = 80);
