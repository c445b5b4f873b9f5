create table public.orders (id bigint primary key, made timestamp);
