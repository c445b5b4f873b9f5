create table public.built_inside (id bigint primary key, email text);
insert into public.built_inside select n, n::text from pg_catalog.generate_series(1, 20) as n;
