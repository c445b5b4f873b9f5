reindex table concurrently public.orders;
