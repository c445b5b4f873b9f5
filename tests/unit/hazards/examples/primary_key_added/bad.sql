alter table public.orders add primary key (id);
