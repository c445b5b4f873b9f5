create view public.people as select id, email from auth.users;
revoke all on public.people from anon, authenticated;
