create table public.orders (id bigint primary key, customer_id bigint references public.customers (id));
create index orders_customer_id_idx on public.orders (customer_id, id);
create table public.lines (order_id bigint references public.orders (id), number integer, primary key (order_id, number));
alter table public.old add constraint old_customer_fkey foreign key (customer_id) references public.customers (id) not valid;
