alter table public.orders add column code text primary key;
