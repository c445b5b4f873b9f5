alter table public.orders add constraint orders_number unique (number, shop) include (note) deferrable;
