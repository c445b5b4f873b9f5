alter table public.orders add constraint orders_total_check check (total >= 0);
