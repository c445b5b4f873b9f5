create table public.scanned_inside (id bigint primary key, amount integer);
insert into public.scanned_inside select n, n from pg_catalog.generate_series(1, 20) as n;
create domain public.positive as integer;
alter table public.scanned_inside add column share public.positive;
