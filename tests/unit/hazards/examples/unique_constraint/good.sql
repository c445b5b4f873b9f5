create unique index concurrently orders_number_key on public.orders (number);
alter table public.orders add constraint orders_number_key unique using index orders_number_key;
