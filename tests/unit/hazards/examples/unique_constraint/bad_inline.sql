alter table only public.orders add column code text unique, add unique nulls not distinct ("Number");
