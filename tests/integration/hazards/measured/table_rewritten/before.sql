create table public.rewritten_inside (id bigint primary key, amount integer);
insert into public.rewritten_inside select n, n from pg_catalog.generate_series(1, 20) as n;
