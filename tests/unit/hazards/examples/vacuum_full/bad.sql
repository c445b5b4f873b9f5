vacuum full public.orders;
