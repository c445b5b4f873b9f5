alter table public.orders add constraint orders_customer_fkey foreign key (customer) references public.customers not valid;
commit;
alter table public.orders validate constraint orders_customer_fkey;
