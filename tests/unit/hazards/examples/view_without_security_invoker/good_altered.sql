create view public.totals as select user_id from public.orders;
alter view public.totals set (security_invoker = true);
