alter table public.orders add constraint note_there not null note;
