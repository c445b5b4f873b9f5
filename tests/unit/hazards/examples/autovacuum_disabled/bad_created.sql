create table jobs (id int primary key) with (autovacuum_enabled = off, toast.autovacuum_enabled = 'false');
