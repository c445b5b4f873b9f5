alter table public.orders add constraint orders_total_check check (total >= 0) not valid;
commit;
alter table public.orders validate constraint orders_total_check;
create unique index concurrently orders_number_key on public.orders (number);
alter table public.orders add constraint orders_number_key unique using index orders_number_key;
