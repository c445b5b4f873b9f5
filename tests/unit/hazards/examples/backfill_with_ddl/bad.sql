alter table public.orders add column gross numeric;
update public.orders set gross = total * 1.19;
