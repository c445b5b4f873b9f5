create unique index concurrently orders_pkey on public.orders (id);
alter table public.orders add constraint orders_pkey primary key using index orders_pkey;
