drop index concurrently if exists public.orders_note;
create table public.fresh (id bigint primary key, note text);
create index fresh_note on public.fresh (note);
drop index fresh_note;
