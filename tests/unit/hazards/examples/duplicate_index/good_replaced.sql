create index orders_note on public.orders (note);
drop index public.orders_note;
create index orders_by_note on public.orders (note);
