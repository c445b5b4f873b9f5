create table public.posts (id int primary key, title text);
revoke all on public.posts from anon;
create table public.inbox (id int primary key);
revoke select on public.inbox from anon;
