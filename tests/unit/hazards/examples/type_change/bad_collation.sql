alter table public.orders add column note text;
alter table public.orders alter column note type text collate "C";
