create index orders_note on public.orders (note) -- with a comment
;
