lock table public.orders in share row exclusive mode;
