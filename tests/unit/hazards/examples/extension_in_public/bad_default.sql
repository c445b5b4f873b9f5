grant select on public.pages to anon;
create extension citext;
