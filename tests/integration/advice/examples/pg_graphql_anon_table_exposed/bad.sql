-- finds: pg_graphql_anon_table_exposed_public_posts
-- finds: pg_graphql_anon_table_exposed_public_titles
create table public.posts (id int primary key, title text);
revoke all on public.posts from anon, authenticated;
grant select (title) on public.posts to anon;
create view public.titles as select title from public.posts;
