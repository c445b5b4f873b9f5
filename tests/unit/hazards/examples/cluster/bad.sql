cluster public.orders using orders_pkey;
