create index orders_by_customer_and_region on public.orders (note);
