create view public.people with (security_invoker = true) as select id, name from public.profiles;
create view private.people as select id, email from auth.users;
