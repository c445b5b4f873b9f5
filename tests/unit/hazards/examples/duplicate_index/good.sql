create index orders_note on public.orders (note);
create index orders_note_down on public.orders (note desc);
create unique index orders_note_key on public.orders (note);
create index orders_open on public.orders (note) where open;
