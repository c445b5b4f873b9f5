-- finds: security_definer_view_public_titles
-- finds: security_definer_view_public_told
create table public.posts (id int primary key);
create view public.titles as select id from public.posts;
create view public.told with (security_invoker = false) as select id from public.posts;
