alter table public.orders add column note text;
alter table public.customers add column note text;
