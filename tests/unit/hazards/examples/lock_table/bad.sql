lock table public.orders, public.customers;
