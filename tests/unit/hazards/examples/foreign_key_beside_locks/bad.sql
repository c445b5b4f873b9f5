alter table public.products add column note text;
alter table public.orders add constraint orders_customer_fkey foreign key (customer) references public.customers not valid;
