create table public.orders (id bigserial primary key);
