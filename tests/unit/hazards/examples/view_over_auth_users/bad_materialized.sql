create materialized view public.people as select * from auth.users;
