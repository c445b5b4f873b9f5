alter table public.with_view drop column note cascade;
