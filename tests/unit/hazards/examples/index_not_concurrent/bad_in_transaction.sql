begin;
alter table public.orders add column note text;
create index orders_note on public.orders (note);
comment on table public.orders is 'orders';
commit;
