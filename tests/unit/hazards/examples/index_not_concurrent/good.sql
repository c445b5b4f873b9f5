create table public.fresh (id bigint primary key, note text);
create index fresh_note on public.fresh (note);
create index concurrently orders_note on public.orders (note);
