create table public.orders (id bigint primary key, customer_id bigint references public.customers (id));
