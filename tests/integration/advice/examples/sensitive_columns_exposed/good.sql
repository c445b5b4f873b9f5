create table public.people (id int primary key, password text);
alter table public.people enable row level security;
create table public.plain (id int primary key, name text, tokens_left int);
create table public.internal (id int primary key, password text);
revoke all on public.internal from anon, authenticated;
