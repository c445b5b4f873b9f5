alter table public.orders add column note text;
commit;
alter table public.customers add column note text;
