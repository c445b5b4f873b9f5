alter table public.orders add column gross numeric generated always as (total * 1.19) stored;
