begin;
alter table public.orders add column note text;
alter type public.mood add value 'calm';
commit;
create index concurrently orders_note on public.orders (note);
