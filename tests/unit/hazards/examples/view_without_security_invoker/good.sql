create view public.totals with (security_invoker = true) as select user_id from public.orders;
create view public.numbers as select 1 as one;
create view private.totals as select user_id from public.orders;
