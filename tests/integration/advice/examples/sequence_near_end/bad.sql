-- finds: sequence_near_end_public_numbers
-- finds: sequence_near_end_public_orders_id_seq
create table public.orders (id serial primary key);
select setval('public.orders_id_seq', 1900000000);
-- The sequence has room, the column has not.
create sequence public.numbers;
create table public.bills (id int primary key default nextval('public.numbers'));
alter sequence public.numbers owned by public.bills.id;
select setval('public.numbers', 2000000000);
