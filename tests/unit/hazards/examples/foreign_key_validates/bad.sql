alter table public.orders add foreign key (customer) references public.customers (id) on delete cascade;
