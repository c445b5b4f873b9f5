create unique index if not exists orders_note on public.orders (note);
