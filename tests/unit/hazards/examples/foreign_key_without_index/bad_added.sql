alter table public.orders add column customer_id bigint references public.customers (id);
