-- finds: policy_exists_rls_disabled_public_posts
create table public.posts (id int primary key);
create policy one on public.posts for select using (id = 1);
