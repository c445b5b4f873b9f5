create table public.orders (id bigint primary key, made timestamptz);
