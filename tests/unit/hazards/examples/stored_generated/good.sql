alter table public.orders add column gross numeric generated always as (total * 1.19) virtual;
create table public.fresh (total numeric, gross numeric generated always as (total * 1.19) stored);
