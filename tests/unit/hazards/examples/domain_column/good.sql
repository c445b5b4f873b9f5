create domain public.label as text;
alter table public.orders add column label public.label;
alter table public.orders add column pieces int;
alter table public.orders add constraint orders_pieces_check check (pieces > 0) not valid;
commit;
alter table public.orders validate constraint orders_pieces_check;
