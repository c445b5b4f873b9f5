create table public.posts (id int primary key);
alter table public.posts enable row level security;
create policy one on public.posts for select using (id = 1);
create table public.places (id int primary key);
