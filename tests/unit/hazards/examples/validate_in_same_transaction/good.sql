alter table public.orders add constraint orders_total_check check (total >= 0) not valid;
commit;
alter table public.orders validate constraint orders_total_check;
