create table public.orders (id bigint primary key, total money);
