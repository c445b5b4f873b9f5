create table public.orders (id bigint primary key, details jsonb);
