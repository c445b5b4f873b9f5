grant select on public.pages to anon;
alter table auth.users add column nickname text;
