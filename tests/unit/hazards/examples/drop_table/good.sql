create table public.fresh (id bigint primary key);
drop table public.fresh;
drop view public.totals;
