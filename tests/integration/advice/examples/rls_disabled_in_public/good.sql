create table public.countries (id int primary key);
alter table public.countries enable row level security;
create table public.internal (id int primary key);
revoke all on public.internal from anon, authenticated;
create schema private;
create table private.notes (id int primary key);
grant select on private.notes to anon;
