create table public.fresh (id bigint primary key);
lock table public.fresh;
lock table public.orders in row exclusive mode;
