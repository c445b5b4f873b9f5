-- finds: rls_enabled_no_policy_public_posts
create table public.posts (id int primary key);
alter table public.posts enable row level security;
