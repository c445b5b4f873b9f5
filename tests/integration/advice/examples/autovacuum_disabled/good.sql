create table public.visits (id int primary key, body text) with (autovacuum_enabled = on, fillfactor = 90);
