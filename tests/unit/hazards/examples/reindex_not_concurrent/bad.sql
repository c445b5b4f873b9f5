reindex table public.orders;
