alter table public.orders add column total money;
