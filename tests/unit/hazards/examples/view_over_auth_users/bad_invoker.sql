create view public.people with (security_invoker = true) as select u.* from auth.users as u;
