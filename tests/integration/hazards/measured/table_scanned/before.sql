create table public.scanned_parent (id bigint primary key, amount integer);
create table public.scanned_child (id bigint primary key) inherits (public.scanned_parent);
insert into public.scanned_child (id, amount) select n, n from pg_catalog.generate_series(1, 20) as n;
