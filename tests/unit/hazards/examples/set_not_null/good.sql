alter table public.orders add constraint orders_note_there check (note is not null) not valid;
commit;
alter table public.orders validate constraint orders_note_there;
commit;
alter table public.orders alter column note set not null;
alter table public.orders drop constraint orders_note_there;
