create table public.orders (id bigint primary key);
drop table public.orders;
