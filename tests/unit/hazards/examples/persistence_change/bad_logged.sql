alter table public.imports set logged;
