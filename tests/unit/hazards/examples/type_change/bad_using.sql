alter table public.orders alter column note type text using upper(note);
