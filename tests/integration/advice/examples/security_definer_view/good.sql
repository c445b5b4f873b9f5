create table public.posts (id int primary key);
create view public.titles with (security_invoker) as select id from public.posts;
create view public.others with (security_invoker = yes) as select id from public.posts;
create view public.for_us as select id from public.posts;
revoke all on public.for_us from anon, authenticated;
create schema private;
create view private.titles as select id from public.posts;
grant select on private.titles to anon;
