-- finds: multiple_permissive_policies_public_posts_authenticated_SELECT
create table public.posts (id int primary key, owner uuid, public boolean);
alter table public.posts enable row level security;
create policy mine on public.posts to authenticated using (owner = (select auth.uid()));
create policy open on public.posts for select using (public);
