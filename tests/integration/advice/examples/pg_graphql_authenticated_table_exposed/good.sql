create table public.posts (id int primary key, title text);
revoke all on public.posts from authenticated;
create table public.inbox (id int primary key);
revoke select on public.inbox from authenticated;
