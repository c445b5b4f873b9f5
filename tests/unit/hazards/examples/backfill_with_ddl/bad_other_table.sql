alter table public.orders add column gross numeric;
insert into public.archive select * from public.orders where total = 0;
