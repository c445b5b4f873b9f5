drop view public.seen_through;
alter table public.with_view drop column note;
