create table public.orders (id bigint primary key, currency char(3));
