alter table public.orders cluster on orders_pkey;
