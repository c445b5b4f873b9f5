create schema private;
create view private.accounts as select id, email from auth.users;
create view public.members with (security_invoker = yes) as select id from auth.users;
create view public.for_us as select id, email from auth.users;
revoke all on public.for_us from anon, authenticated;
create table public.profiles (id uuid primary key references auth.users);
create view public.people as select id from public.profiles;
