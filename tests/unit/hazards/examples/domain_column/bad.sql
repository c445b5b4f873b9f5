create domain public.positive as int check (value > 0);
alter table public.orders add column pieces public.positive;
