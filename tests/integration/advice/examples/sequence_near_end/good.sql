create table public.orders (id serial primary key);
select setval('public.orders_id_seq', 1000000000);
create table public.bills (id bigint generated always as identity primary key);
select setval('public.bills_id_seq', 2000000000);
create sequence public.never;
create sequence public.round maxvalue 10 cycle;
select setval('public.round', 10);
