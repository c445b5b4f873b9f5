create index orders_note on public.orders (note);
create index orders_by_note on public.orders using btree (note);
