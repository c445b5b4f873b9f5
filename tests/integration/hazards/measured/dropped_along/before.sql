create table public.with_view (id bigint primary key, note text);
create view public.seen_through as select note from public.with_view;
