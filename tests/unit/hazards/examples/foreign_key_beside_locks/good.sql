alter table public.products add column note text;
create table public.visits (customer bigint references public.customers);
commit;
alter table public.orders add constraint orders_customer_fkey foreign key (customer) references public.customers not valid;
