create unique index concurrently orders_number_key on orders (number);
drop index public.orders_number_idx;
