create table public.posts (id int primary key, owner uuid, public boolean);
alter table public.posts enable row level security;
create policy mine on public.posts for select to authenticated using (public or owner = (select auth.uid()));
create policy open on public.posts for select to anon using (public);
create policy writing on public.posts for insert to authenticated with check (owner = (select auth.uid()));
create policy never_deleted on public.posts as restrictive for select to authenticated using (id > 0);
-- Two policies, but nobody whom they hold for may read the table.
create table public.drafts (id int primary key);
alter table public.drafts enable row level security;
revoke all on public.drafts from anon, authenticated, service_role;
create policy one on public.drafts for select to anon using (id = 1);
create policy two on public.drafts for select to anon using (id = 2);
