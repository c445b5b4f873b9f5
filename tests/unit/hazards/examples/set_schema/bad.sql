alter table public.audit set schema private;
